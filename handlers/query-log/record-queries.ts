import type * as athena from "@aws-sdk/client-athena";
import type { SqsBatchResponse, SqsEvent } from "../lambda-types";
import { describeError, logLine } from "../log";
import { loadAthena, loadS3 } from "../runtime-sdk";
import { createAthenaHistory, recordExecution, type AthenaRecorder } from "./athena-history";
import { QUERY_LOG_ENV, queryLogVariable, readTeams } from "./settings";
import { createStaging } from "./staging";

/** The query of an "Athena Query State Change" event as SQS carries it; undefined for anything else. Never throws. */
export function queryIdOf(body: string): string | undefined {
  try {
    const event = JSON.parse(body) as { source?: unknown; detail?: { queryExecutionId?: unknown } | null } | null;
    const id = event?.detail?.queryExecutionId;
    return event?.source === "aws.athena" && typeof id === "string" && id !== "" ? id : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Records the queries of a batch of events; a failed message returns to the queue alone.
 *
 * An event says which query ended and nothing that the log needs, so the executions are asked for, all of a batch in
 * one call. Events come at least once and in any order: the record is the same whichever comes first.
 */
export async function recordBatch(event: SqsEvent, recorder: AthenaRecorder): Promise<SqsBatchResponse> {
  const batchItemFailures: { itemIdentifier: string }[] = [];
  const fail = (messageId: string, reason: string): void => {
    batchItemFailures.push({ itemIdentifier: messageId });
    logLine("error", "message failed; it will be tried again", { messageId, reason });
  };
  const messages = event.Records.map(({ messageId, body }) => ({ messageId, id: queryIdOf(body) }));
  const ids = [...new Set(messages.flatMap(({ id }) => id ?? []))];
  const executions = new Map<string | undefined, athena.QueryExecution>();
  for (const execution of await recorder.history.executions(ids)) executions.set(execution.QueryExecutionId, execution);

  for (const { messageId, id } of messages) {
    const execution = executions.get(id);
    if (id === undefined) fail(messageId, "not an event of an Athena query");
    else if (execution === undefined) fail(messageId, `Athena does not know the query ${id}`);
    else {
      try {
        const outcome = await recordExecution(execution, recorder);
        if (outcome === "running") fail(messageId, `the query ${id} has not ended`);
        else logLine("info", outcome === "new" ? "recorded" : "known already", { queryExecutionId: id });
      } catch (error) {
        fail(messageId, describeError(error));
      }
    }
  }
  return { batchItemFailures };
}

/** Binds recording to AWS. */
export function connectRecorder(env: Record<string, string | undefined>): AthenaRecorder {
  const bucket = queryLogVariable(env, QUERY_LOG_ENV.bucket);
  const teams = readTeams(env);
  const athenaSdk = loadAthena();
  const s3Sdk = loadS3();
  return {
    history: createAthenaHistory(new athenaSdk.AthenaClient({}), athenaSdk),
    staging: createStaging(new s3Sdk.S3Client({}), s3Sdk, bucket),
    teams,
  };
}

/** Factory of the function behind the queue of query events; clients are made at the first event. */
export function createQueryRecorder(): (event: SqsEvent) => Promise<SqsBatchResponse> {
  let recorder: AthenaRecorder | undefined;
  return async (event) => {
    recorder ??= connectRecorder(process.env);
    return recordBatch(event, recorder);
  };
}
