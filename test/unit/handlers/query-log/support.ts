import type { QueryExecution, QueryRuntimeStatistics } from "@aws-sdk/client-athena";
import type { AthenaHistory, AthenaRecorder } from "../../../../handlers/query-log/athena-history";
import type { PublishedDay, PublishedDays } from "../../../../handlers/query-log/published-days";
import type { DatedRecord } from "../../../../handlers/query-log/query-record";
import { stagedName, type Staging } from "../../../../handlers/query-log/staging";

/** Noon of a day that every test takes for today. */
export const NOW = new Date("2026-11-25T12:00:00.000Z");

/** An ended query; `over` changes members. */
export function execution(id: string, over: Partial<QueryExecution> = {}): QueryExecution {
  return {
    QueryExecutionId: id,
    Query: "SELECT a FROM t WHERE who = 'Ann'",
    StatementType: "DML",
    SubstatementType: "SELECT",
    WorkGroup: "wg-bi",
    Status: {
      State: "SUCCEEDED",
      SubmissionDateTime: new Date("2026-11-25T10:00:00.250Z"),
      CompletionDateTime: new Date("2026-11-25T10:00:02.000Z"),
    },
    Statistics: {
      DataScannedInBytes: 20_000_000,
      QueryQueueTimeInMillis: 50,
      EngineExecutionTimeInMillis: 1_500,
      TotalExecutionTimeInMillis: 1_750,
      ResultReuseInformation: { ReusedPreviousResult: false },
    },
    ...over,
  };
}

/** A query that ended at this time. */
export function endedAt(id: string, time: string, over: Partial<QueryExecution> = {}): QueryExecution {
  const at = new Date(time);
  return execution(id, { Status: { State: "SUCCEEDED", SubmissionDateTime: at, CompletionDateTime: at }, ...over });
}

/** The staging area in memory. */
export class MemoryStaging implements Staging {
  readonly records = new Map<string, DatedRecord>();
  /** Names of records whose next write fails. */
  readonly broken = new Set<string>();

  async put(dated: DatedRecord): Promise<boolean> {
    const name = stagedName(dated);
    if (this.broken.delete(name)) throw new Error("S3 is out of order");
    const key = `${dated.eventDate}/${name}`;
    if (this.records.has(key)) return false;
    this.records.set(key, dated);
    return true;
  }

  async list(firstDay: string): Promise<Map<string, string[]>> {
    const days = new Map<string, string[]>();
    for (const key of [...this.records.keys()].sort()) {
      const [day = "", name = ""] = key.split("/");
      if (day >= firstDay) days.set(day, [...(days.get(day) ?? []), name]);
    }
    return days;
  }
}

/** Athena's history in memory: per workgroup the newest query first, in pages of two. */
export class MemoryHistory implements AthenaHistory {
  /** Ids asked for, call by call. */
  readonly asked: string[][] = [];
  pages = 0;

  constructor(
    readonly queries: QueryExecution[],
    readonly rows?: number,
  ) {}

  async executions(ids: readonly string[]): Promise<QueryExecution[]> {
    this.asked.push([...ids]);
    return this.queries.filter(({ QueryExecutionId }) => ids.includes(QueryExecutionId ?? ""));
  }

  async statistics(): Promise<QueryRuntimeStatistics | undefined> {
    return this.rows === undefined ? undefined : { Rows: { OutputRows: this.rows } };
  }

  async page(workgroup: string, token: string | undefined): Promise<{ ids: string[]; next: string | undefined }> {
    this.pages += 1;
    const all = this.queries
      .filter(({ WorkGroup }) => WorkGroup === workgroup)
      .map((one) => one.QueryExecutionId ?? "");
    const from = Number(token ?? 0);
    return { ids: all.slice(from, from + 2), next: from + 2 < all.length ? String(from + 2) : undefined };
  }
}

/** A recorder in memory over these queries. */
export function recorderOf(queries: QueryExecution[], rows?: number) {
  return {
    history: new MemoryHistory(queries, rows),
    staging: new MemoryStaging(),
    teams: { "wg-bi": "bi", "wg-adhoc": "analysts" },
  } satisfies AthenaRecorder;
}

/** The catalog's partitions in memory. */
export class MemoryDays implements PublishedDays {
  readonly days = new Map<string, PublishedDay>();

  async get(day: string): Promise<PublishedDay | undefined> {
    return this.days.get(day);
  }

  async move(day: string, to: Required<PublishedDay>): Promise<void> {
    this.days.set(day, to);
  }
}
