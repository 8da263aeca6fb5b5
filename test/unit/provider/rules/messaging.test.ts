import { judgeAll, type Case } from "./judge";

const arn = "arn:aws:sqs:us-east-1:123456789012:dead";
const json = (value: object): string => JSON.stringify(value);
const redrive = (change: object = {}): string => json({ deadLetterTargetArn: arn, maxReceiveCount: 5, ...change });
const set = (attributes: object): object => ({ QueueName: "q", Attributes: attributes });
const policy = (Action: string): string =>
  json({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Principal: "*", Action, Resource: "*" }] });
const subscribe = (Protocol: string, Endpoint: string, Attributes: object = {}): object => ({
  Protocol,
  Endpoint,
  Attributes,
});

const CASES: Case[] = [
  {
    call: "sqs.CreateQueue",
    good: set({
      VisibilityTimeout: "43200",
      MessageRetentionPeriod: "60",
      DelaySeconds: "0",
      RedrivePolicy: redrive(),
    }),
    also: [
      { QueueName: "q.fifo", Attributes: { FifoQueue: "true", ContentBasedDeduplication: "true" } },
      set({ Policy: policy("sqs:*"), MaximumMessageSize: "1048576", KmsDataKeyReusePeriodSeconds: "60" }),
      set({ RedriveAllowPolicy: json({ redrivePermission: "byQueue", sourceQueueArns: [arn] }) }),
      set({ Policy: "", RedrivePolicy: "" }),
    ],
    bad: [
      [{ QueueName: "a b" }, /letters, digits/],
      [{ QueueName: "q".repeat(81) }, /1 to 80/],
      [{ QueueName: "q.fifo" }, /FifoQueue is true/],
      [set({ FifoQueue: "true" }), /FifoQueue is true/],
      [set({ ContentBasedDeduplication: "true" }), /without FifoQueue/],
      [set({ VisibilityTimeout: "43201" }), /0 to 43200/],
      [set({ VisibilityTimeout: "" }), /0 to 43200/],
      [set({ MessageRetentionPeriod: "59" }), /60 to 1209600/],
      [set({ MessageRetentionPeriod: "1209601" }), /60 to 1209600/],
      [set({ DelaySeconds: "901" }), /0 to 900/],
      [set({ MaximumMessageSize: "1023" }), /1024 to/],
      [set({ ReceiveMessageWaitTimeSeconds: "21" }), /0 to 20/],
      [set({ KmsDataKeyReusePeriodSeconds: "59" }), /60 to 86400/],
      [set({ SqsManagedSseEnabled: "true", KmsMasterKeyId: "k" }), /with a KMS key/],
      [set({ RedrivePolicy: "x" }), /in JSON/],
      [set({ RedrivePolicy: redrive({ maxReceiveCount: 0 }) }), /1 to 1000/],
      [set({ RedrivePolicy: redrive({ maxReceiveCount: 1001 }) }), /1 to 1000/],
      [set({ RedrivePolicy: redrive({ deadLetterTargetArn: "dead" }) }), /queue's ARN/],
      [set({ RedriveAllowPolicy: json({ redrivePermission: "some" }) }), /allowAll, denyAll or byQueue/],
      [set({ RedriveAllowPolicy: json({ redrivePermission: "allowAll", sourceQueueArns: [arn] }) }), /1 to 10 queues/],
      [set({ Policy: policy("sns:Publish") }), /out of the policy's scope/],
    ],
  },
  {
    call: "sns.CreateTopic",
    good: { Name: "t", Attributes: { DisplayName: "x", Policy: policy("sns:Publish") } },
    also: [{ Name: "t.fifo", Attributes: { FifoTopic: "true" } }, { Attributes: { Policy: policy("SNS:*") } }],
    bad: [
      [{ Name: "a.b" }, /letters, digits/],
      [{ Name: "t.fifo" }, /FifoTopic is true/],
      [{ Attributes: { DisplayName: "x".repeat(101) } }, /at most 100/],
      [{ Attributes: { Policy: policy("sns:CreateTopic") } }, /out of the policy's scope/],
    ],
  },
  {
    call: "sns.SetTopicAttributes",
    good: { AttributeName: "Policy", AttributeValue: policy("sns:Publish") },
    also: [{ AttributeValue: "" }],
    bad: [[{ AttributeValue: policy("sqs:SendMessage") }, /out of the policy's scope/]],
  },
  {
    call: "sns.Subscribe",
    good: subscribe("sqs", arn, { RawMessageDelivery: "true", FilterPolicy: json({ a: ["b", { prefix: "c" }] }) }),
    also: [
      subscribe("lambda", "arn:aws:lambda:us-east-1:123456789012:function:f"),
      subscribe("email", "a@b.co"),
      subscribe("https", "https://example.com/x?y=z", { RedrivePolicy: json({ deadLetterTargetArn: arn }) }),
      subscribe("sms", "+15550100"),
      subscribe("sqs", arn, { FilterPolicyScope: "MessageBody", FilterPolicy: json({ a: { b: ["c"] } }) }),
    ],
    bad: [
      [subscribe("carrier-pigeon", "x"), /one of lambda/],
      [subscribe("email", "a"), /form of its protocol/],
      [subscribe("https", "http://example.com"), /form of its protocol/],
      [subscribe("lambda", arn), /form of its protocol/],
      [subscribe("sms", "call me"), /form of its protocol/],
      [subscribe("email", "a@b.co", { RawMessageDelivery: "true" }), /RawMessageDelivery/],
      [subscribe("sqs", arn, { FilterPolicy: "{" }), /in JSON/],
      [subscribe("sqs", arn, { FilterPolicy: json({ a: "b" }) }), /list of values/],
      [subscribe("sqs", arn, { FilterPolicy: json({ a: { b: ["c"] } }) }), /not nest keys/],
      [
        subscribe("sqs", arn, {
          FilterPolicy: json(Object.fromEntries("abcdef".split("").map((key) => [key, ["x"]]))),
        }),
        /at most 5 keys/,
      ],
      [subscribe("sqs", arn, { FilterPolicyScope: "All" }), /MessageAttributes or MessageBody/],
      [subscribe("sqs", arn, { RedrivePolicy: json({}) }), /queue's ARN/],
    ],
  },
];

judgeAll(CASES);
