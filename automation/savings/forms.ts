import type { StackOutputs } from "../stack/outputs";

/** The dates that are asked about, both ends included. */
export interface Window {
  /** `YYYY-MM-DD` */
  from: string;
  to: string;
}

/** One way to ask the most common question: purchases and revenue by day, category and device. */
export interface Form {
  name: string;
  engine: "athena" | "redshift";
  /** What it does, for the page. */
  how: string;
  /** Athena only. */
  database?: string;
  sql: string;
}

/** Days after its own date on which a late event may still have landed; the generator's and the seed's are below it. */
const LANDING_DAYS = 3;

const MATERIALIZED = ({ from, to }: Window, table: string): string => `
SELECT CAST(event_date AS varchar) AS day, product_category, device_type, purchases, revenue
FROM ${table}
WHERE event_date BETWEEN DATE '${from}' AND DATE '${to}' AND purchases > 0
ORDER BY 1, 2, 3`;

/** The forms of the article's story, the dearest first; the last one needs a warehouse. */
export function formsOf(outputs: StackOutputs, window: Window): Form[] {
  const { from, to } = window;
  const forms: Form[] = [
    {
      name: "raw JSON",
      engine: "athena",
      how: "reads every file and casts text, as a team without a lake does",
      database: outputs.bronzeDatabase,
      sql: rawForm(window, ""),
    },
    {
      name: "raw JSON, partitioned",
      engine: "athena",
      how: "the same, but partition projection leaves the files of the landing days",
      database: outputs.bronzeDatabase,
      sql: rawForm(window, landedBetween(window)),
    },
    {
      name: "star schema",
      engine: "athena",
      how: "columns of typed, clean, unique facts, a folder a date",
      database: outputs.goldDatabase,
      sql: `
SELECT CAST(event_date AS varchar) AS day,
       coalesce(nullif(trim(product_category), ''), 'unknown') AS product_category,
       coalesce(nullif(trim(device_type), ''), 'unknown') AS device_type,
       count(*) AS purchases, sum(revenue) AS revenue
FROM fact_clicks
WHERE event_date BETWEEN DATE '${from}' AND DATE '${to}' AND event_type = 'purchase'
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`,
    },
    {
      name: "materialized",
      engine: "athena",
      how: "daily_sales, computed once a run instead of once a dashboard",
      database: outputs.goldDatabase,
      sql: MATERIALIZED(window, "daily_sales"),
    },
  ];
  if (outputs.warehouseKind !== "none") {
    forms.push({
      name: "materialized, hot",
      engine: "redshift",
      how: "the warehouse's materialized view, refreshed after each load",
      sql: MATERIALIZED(window, "serving.daily_sales"),
    });
  }
  return forms;
}

// Repeated lines are dropped and text is cast, as silver does once for all.
function rawForm({ from, to }: Window, partitions: string): string {
  return `
WITH purchases AS (
  SELECT DISTINCT lower(event_id) AS event_id,
         CAST(date(from_iso8601_timestamp(event_timestamp) AT TIME ZONE 'UTC') AS varchar) AS day,
         coalesce(nullif(trim(product.category), ''), 'unknown') AS product_category,
         coalesce(nullif(trim(device.type), ''), 'unknown') AS device_type,
         CAST(CAST("order".amount AS double) AS decimal(14, 2)) AS amount
  FROM raw_events
  WHERE event_type = 'purchase'${partitions}
)
SELECT day, product_category, device_type, count(*) AS purchases, sum(amount) AS revenue
FROM purchases
WHERE day BETWEEN '${from}' AND '${to}'
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`;
}

function landedBetween({ from, to }: Window): string {
  const last = new Date(Date.parse(`${to}T00:00:00Z`) + LANDING_DAYS * 86_400_000).toISOString().slice(0, 10);
  return `
    AND year BETWEEN '${from.slice(0, 4)}' AND '${last.slice(0, 4)}'
    AND concat(year, '-', month, '-', day) BETWEEN '${from}' AND '${last}'`;
}
