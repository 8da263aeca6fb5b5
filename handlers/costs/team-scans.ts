import type { AskAthena } from "./athena-rows";
import type { Day } from "./days";
import { COST_VIEW } from "./settings";

/** What the queries of one team cost on one day. */
export interface TeamScan {
  day: Day;
  team: string;
  /** USD of what they read, Athena and Spectrum together. */
  usd: number;
}

/** Scan costs of the days from `first` to `last`, both included; a team without a query is absent. */
export type ScanSource = (first: Day, last: Day) => Promise<TeamScan[]>;

/** The statement: one row a day and team, whatever the engine. */
export function scansStatement(database: string, first: Day, last: Day): string {
  return `SELECT event_date, team, sum(usd) AS usd
FROM ${database}.${COST_VIEW}
WHERE event_date BETWEEN DATE '${first}' AND DATE '${last}'
GROUP BY event_date, team
ORDER BY event_date, team`;
}

/** Asks the query log. */
export function createScanSource(ask: AskAthena, database: string): ScanSource {
  return async (first, last) => {
    const rows = await ask(scansStatement(database, first, last));
    return rows.map(({ event_date: day = "", team = "unknown", usd = "0" }) => ({ day, team, usd: Number(usd) }));
  };
}
