/** The parts of Lambda's event shapes that the handlers read; shapes as AWS documents them. */
export interface LambdaContext {
  getRemainingTimeInMillis?: () => number;
  /** The same when Lambda repeats a failed asynchronous invocation. */
  awsRequestId?: string;
}

/** One SQS message as Lambda delivers it. */
export interface SqsRecord {
  messageId: string;
  receiptHandle: string;
  body: string;
  attributes?: { ApproximateReceiveCount?: string };
}

export interface SqsEvent {
  Records: SqsRecord[];
}

/** Answer with ReportBatchItemFailures: only the listed messages return to the queue. */
export interface SqsBatchResponse {
  batchItemFailures: { itemIdentifier: string }[];
}

/** One notification as SNS delivers it to Lambda. */
export interface SnsRecord {
  Sns: { MessageId: string; Message: string; Subject?: string | null; Timestamp?: string };
}

export interface SnsEvent {
  Records: SnsRecord[];
}
