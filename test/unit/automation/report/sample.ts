import type { Finding, ReportData } from "../../../../automation/report/report-data";
import type { StackStatus } from "../../../../automation/stack/status";

export const TO = new Date("2026-11-25T14:00:00.000Z");
export const FROM = new Date("2026-11-18T14:00:00.000Z");
const HOUR = 3_600_000;

/** The same numbers at every run: a report that looks different must have been drawn differently. */
function wave(at: number, from: number, to: number): number {
  const share = (Math.sin(at * 1.7) + Math.sin(at * 0.37) + 2) / 4;
  return from + share * (to - from);
}
const hours = (step: number): string[] =>
  Array.from({ length: Math.floor((TO.getTime() - FROM.getTime()) / HOUR / step) }, (_, at) =>
    new Date(FROM.getTime() + (at + 1) * step * HOUR).toISOString(),
  );
const all = <T>(rows: readonly T[]): Finding<T> => ({ rows, why: "there are none" });
const values = (step: number, from: number, to: number): Finding<{ at: string; value: number }> =>
  all(hours(step).map((at, index) => ({ at, value: wave(index, from, to) })));
const days = Array.from({ length: 20 }, (_, at) =>
  new Date(TO.getTime() - (20 - at) * 24 * HOUR).toISOString().slice(0, 10),
);

/** A stack in the middle of an incident. */
export const STATUS: StackStatus = {
  pipeline: "clickstream-sample",
  at: TO.toISOString(),
  dashboardUrl: "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#dashboards/dashboard/x",
  five: [
    { metric: "dataFreshness", title: "Data freshness", text: "< 90 min", value: 720, age: 120, met: true },
    { metric: "etlSuccessRate", title: "ETL success rate", text: "> 99.5 %", value: 97.62, age: 120, met: false },
    { metric: "queryP95", title: "Query P95", text: "< 5 s", value: 2310, age: 3540, met: true },
    { metric: "costPerTb", title: "Cost per TB processed", text: "< $50", value: 41.2, age: 25_200, met: true },
    { metric: "qualityScore", title: "Data quality score", text: "> 95 %" },
  ],
  flow: [
    { stage: "landed", behind: "now", value: 720, age: 120 },
    { stage: "silver", behind: "landed", value: 2820, age: 120 },
    { stage: "gold", behind: "silver", value: 610, age: 120 },
    { stage: "loaded", behind: "gold" },
  ],
  jobs: [
    { job: "silver", state: "SUCCEEDED", endedAt: "2026-11-25T13:22:00.000Z", seconds: 243, conservation: "kept" },
    {
      job: "gold",
      state: "FAILED",
      endedAt: "2026-11-25T13:31:00.000Z",
      seconds: 95,
      message:
        "ConservationError: silver has 1200 rows,\n fact_clicks would have 1100 and this is a long message about it that goes on",
      conservation: "broken",
      runningSince: "2026-11-25T13:58:00.000Z",
    },
    { job: "archive" },
  ],
  alarms: [
    {
      name: "clickstream-sample-etl-failed",
      title: "A Glue job failed",
      severity: "critical",
      since: "2026-11-25T13:32:00.000Z",
      suppressed: true,
      runbook: "docs/runbooks/etl-failed.md",
    },
    {
      name: "clickstream-sample-drift-additive",
      title: "Events have something new",
      severity: "warning",
      suppressed: false,
      runbook: "docs/runbooks/drift-additive.md",
    },
  ],
  watched: 22,
  deadLetters: [
    { queue: "purchase alerts", messages: 1 },
    { queue: "loads of the warehouse", messages: 0 },
  ],
  drifts: [
    { id: "d-0123456789", severity: "additive", what: "unknown field campaign", lastSeen: "2026-11-25T13:40:00.000Z" },
  ],
  holds: ["10", "11", "12", "13", "14", "15"].map((hour) => ({
    hour: `2026/11/24/${hour}`,
    drift: "d-1",
    since: "2026-11-24T10:10:00.000Z",
  })),
  quarantine: {
    endedAt: "2026-11-25T13:22:00.000Z",
    read: 120_400,
    quarantined: 1204,
    rules: ["corrupt_json", "invalid_price", "unknown_currency", "event_in_future", "missing_visitor", "structure"].map(
      (rule, at) => ({ rule, rows: 600 - at * 90 }),
    ),
  },
  cost: { day: { value: 31.4, age: 25_200 }, budget: { value: 25, age: 25_200 } },
};

/** A week of a stack that has everything. */
export const FULL: ReportData = {
  pipeline: STATUS.pipeline,
  from: FROM.toISOString(),
  to: TO.toISOString(),
  status: STATUS,
  five: {
    dataFreshness: values(1, 300, 6900),
    etlSuccessRate: values(1, 97.5, 100),
    queryP95: values(1, 900, 3400),
    costPerTb: values(24, 32, 58),
    qualityScore: values(1, 97, 99.9),
  },
  lags: all(
    ["landed", "silver", "gold", "loaded"].flatMap((stage, order) =>
      hours(2).map((at, index) => ({ at, stage, seconds: wave(index + order * 11, 120, 3600 - order * 600) })),
    ),
  ),
  runs: all(
    ["silver", "gold"].flatMap((job, order) =>
      hours(4).map((endedAt, index) => ({
        endedAt,
        job,
        state: index === 17 && job === "gold" ? "FAILED" : "SUCCEEDED",
        seconds: wave(index + order * 5, 120, 420 - order * 100),
      })),
    ),
  ),
  silver: all(
    hours(4).map((endedAt, index) => ({
      endedAt,
      accepted: Math.round(wave(index, 40_000, 120_000)),
      quarantined: Math.round(wave(index + 3, 200, 9000)),
      duplicates: Math.round(wave(index + 7, 500, 6000)),
    })),
  ),
  rules: all(
    [
      "corrupt_json",
      "invalid_price",
      "unknown_currency",
      "event_in_future",
      "purchase_without_order",
      "<img src=x>",
    ].map((rule, at) => ({ rule, rows: 9100 - at * 1500 })),
  ),
  revenue: all(days.map((date, at) => ({ date, usd: wave(at, 18_000, 64_000) }))),
  services: all(
    ["Amazon S3", "AWS Glue", "Amazon Athena", "Amazon Redshift", "Amazon CloudWatch", "AWS KMS", "AWS Lambda"].map(
      (service, at) => ({ service, usd: 190 / (at + 1) }),
    ),
  ),
  scans: all(
    days.flatMap((date, at) =>
      ["analytics", "marketing", "finance"].map((team, order) => ({ date, team, usd: wave(at + order * 4, 0.1, 2.4) })),
    ),
  ),
  alarms: all([
    {
      alarm: "A Glue job failed",
      severity: "critical",
      from: "2026-11-21T10:00:00.000Z",
      to: "2026-11-21T17:00:00.000Z",
      on: false,
    },
    {
      alarm: "A Glue job failed",
      severity: "critical",
      from: "2026-11-25T13:32:00.000Z",
      to: TO.toISOString(),
      on: true,
    },
    {
      alarm: "Messages were set aside: loads of the warehouse",
      severity: "critical",
      from: "2026-11-20T02:00:00.000Z",
      to: "2026-11-20T02:20:00.000Z",
      on: false,
    },
    {
      alarm: "Data quality is low",
      severity: "warning",
      from: "2026-11-19T02:00:00.000Z",
      to: "2026-11-19T20:00:00.000Z",
      on: false,
    },
  ]),
};

const none = <T>(why: string): Finding<T> => ({ rows: [], why });

/** A stack that was deployed a minute ago. */
export const EMPTY: ReportData = {
  ...FULL,
  status: { ...STATUS, alarms: [], deadLetters: [], drifts: [], holds: [] },
  five: {},
  lags: none("the stack has not measured itself yet"),
  runs: none("no run has ended in this time"),
  silver: none("no silver run has ended in this time"),
  rules: none("no row has broken a rule"),
  revenue: none("gold has no sales yet"),
  services: none("it could not be read: <b>no engine</b>"),
  scans: none("the query log has no query"),
  alarms: none("no alarm was on in this time"),
};

/** A demo: one run, one value of everything. */
export const YOUNG: ReportData = {
  ...FULL,
  five: Object.fromEntries(
    Object.entries(FULL.five).map(([metric, { rows, why }]) => [metric, { rows: rows.slice(-1), why }]),
  ),
  lags: { ...FULL.lags, rows: FULL.lags.rows.filter(({ at }) => at === TO.toISOString()) },
  runs: { ...FULL.runs, rows: FULL.runs.rows.slice(-1) },
  silver: { ...FULL.silver, rows: FULL.silver.rows.slice(-1) },
  rules: { ...FULL.rules, rows: FULL.rules.rows.slice(0, 1) },
  revenue: { ...FULL.revenue, rows: FULL.revenue.rows.slice(-2) },
  scans: { ...FULL.scans, rows: FULL.scans.rows.slice(-1) },
  alarms: { ...FULL.alarms, rows: FULL.alarms.rows.slice(0, 1) },
};
