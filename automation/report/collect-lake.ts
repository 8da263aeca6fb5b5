import type { AthenaClient } from "@aws-sdk/client-athena";
import { paginateListObjectsV2, type S3Client } from "@aws-sdk/client-s3";
import { z } from "zod";
import { scansStatement } from "../../handlers/costs/team-scans";
import { REPORT_FOLDERS } from "../../handlers/operations/job-runs";
import { queryAthena } from "../stack/athena";
import { objectText } from "../stack/object-text";
import type { StackOutputs } from "../stack/outputs";
import type { SilverRows } from "./report-data";

/** Newest reports of silver that are read: a week of hourly runs. */
const MOST_REPORTS = 168;
/** Newest days of sales that are shown. */
const MOST_DAYS = 31;

const reportSchema = z.object({
  /** Absent in reports of older jobs, whose runs were all of new lines. */
  mode: z.string().default("new"),
  read: z.number(),
  accepted: z.number(),
  quarantined: z.number(),
  duplicates: z.number(),
  by_rule: z.record(z.string(), z.number()),
});

/** Reports of silver runs of new lines that read any, oldest first. Backfills and replays count lines once more. */
export async function readSilverReports(
  s3: S3Client,
  { reportsPath }: Pick<StackOutputs, "reportsPath">,
  from: Date,
): Promise<(SilverRows & { byRule: Readonly<Record<string, number>> })[]> {
  const { host: Bucket, pathname } = new URL(`${reportsPath}${REPORT_FOLDERS.silver}/`);
  const objects: { Key: string; at: Date }[] = [];
  for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket, Prefix: pathname.slice(1) })) {
    for (const { Key, LastModified: at } of page.Contents ?? []) {
      if (Key?.endsWith(".json") === true && at !== undefined && at >= from) objects.push({ Key, at });
    }
  }
  const newest = objects.sort((one, other) => one.at.getTime() - other.at.getTime()).slice(-MOST_REPORTS);
  const reports = await Promise.all(
    newest.map(async ({ Key, at }) => {
      const { by_rule: byRule, ...report } = reportSchema.parse(JSON.parse(await objectText(s3, { Bucket, Key })));
      // Written as the last thing of a run.
      return { endedAt: at.toISOString(), byRule, ...report };
    }),
  );
  return reports.filter(({ mode, read }) => mode === "new" && read > 0);
}

/** Revenue of the newest days that have any, oldest first. */
export async function readRevenue(
  athena: AthenaClient,
  { biWorkgroup, goldDatabase }: Pick<StackOutputs, "biWorkgroup" | "goldDatabase">,
  signal?: AbortSignal,
): Promise<{ date: string; usd: number }[]> {
  const sql =
    "SELECT CAST(event_date AS varchar), sum(revenue) FROM daily_sales GROUP BY event_date " +
    `ORDER BY event_date DESC LIMIT ${String(MOST_DAYS)}`;
  const { rows } = await queryAthena(athena, { workgroup: biWorkgroup, database: goldDatabase }, sql, signal);
  return rows.map(([date, usd]) => ({ date: date ?? "", usd: Number(usd) })).reverse();
}

/** What the queries of each team read, by day. */
export async function readScans(
  athena: AthenaClient,
  { adhocWorkgroup, queryLogDatabase }: Pick<StackOutputs, "adhocWorkgroup" | "queryLogDatabase">,
  from: Date,
  to: Date,
  signal?: AbortSignal,
): Promise<{ date: string; team: string; usd: number }[]> {
  const day = (instant: Date): string => instant.toISOString().slice(0, 10);
  const sql = scansStatement(queryLogDatabase, day(from), day(to));
  const at = { workgroup: adhocWorkgroup, database: queryLogDatabase };
  const { rows } = await queryAthena(athena, at, sql, signal);
  return rows.map(([date, team, usd]) => ({ date: date ?? "", team: team ?? "unknown", usd: Number(usd ?? 0) }));
}
