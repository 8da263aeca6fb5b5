import { PutObjectCommand } from "@aws-sdk/client-s3";
import { describeText, sqlTimestamp, utcDay, type QueryRecord } from "../../../handlers/query-log/query-record";
import { STAGING_PREFIX } from "../../../handlers/query-log/settings";
import { stagedName } from "../../../handlers/query-log/staging";
import type { Deployed } from "./lake";

/** Writes a query's record where the log's own functions write it. */
export async function logQuery({ clients, outputs }: Deployed, id: string, submitted: Date, ms: number): Promise<void> {
  const record: QueryRecord = {
    query_id: id,
    engine: "athena",
    workgroup: outputs.biWorkgroup,
    team: "bi",
    user_name: null,
    ...describeText("SELECT count(*) FROM fact_clicks", "trino"),
    statement_type: "DML",
    state: "SUCCEEDED",
    error: null,
    submitted_at: sqlTimestamp(submitted),
    queued_ms: 10,
    run_ms: ms - 10,
    total_ms: ms,
    bytes_scanned: 1_000_000,
    row_count: 1,
    cache_hit: false,
    usd: 0.00005,
    date_predicate: false,
  };
  const dated = { eventDate: utcDay(submitted), record };
  const Key = `${STAGING_PREFIX}event_date=${dated.eventDate}/${stagedName(dated)}`;
  const Body = `${JSON.stringify(record)}\n`;
  await clients.s3.send(new PutObjectCommand({ Bucket: outputs.queryLogBucket, Key, Body }));
}
