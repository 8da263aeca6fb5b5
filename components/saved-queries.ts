import * as pulumi from "@pulumi/pulumi";
import type { LakeLocation } from "./types";

/** The most common question, answered from the daily summary: sales by day, category and device. */
export function salesQuery(sales: LakeLocation, windowDays: number): pulumi.Output<string> {
  return pulumi.interpolate`SELECT event_date, product_category, device_type,
       sum(purchases) AS purchases, sum(units) AS units, sum(revenue) AS revenue
FROM ${sales.database}.${sales.table}
WHERE event_date >= current_date - interval '${windowDays}' day
GROUP BY event_date, product_category, device_type
ORDER BY event_date DESC, revenue DESC`;
}

/** From view to purchase, by week, over hot and warm data. */
export function clicksQuery(clicks: LakeLocation, windowDays: number): pulumi.Output<string> {
  return pulumi.interpolate`SELECT date_trunc('week', event_date) AS week,
       count(DISTINCT session_key) AS sessions,
       count(DISTINCT CASE WHEN event_type = 'product_view' THEN session_key END) AS viewed,
       count(DISTINCT CASE WHEN event_type = 'add_to_cart' THEN session_key END) AS carted,
       count(DISTINCT CASE WHEN event_type = 'purchase' THEN session_key END) AS purchased,
       sum(revenue) AS revenue
FROM ${clicks.database}.${clicks.table}
WHERE event_date >= current_date - interval '${windowDays}' day
GROUP BY date_trunc('week', event_date)
ORDER BY week DESC`;
}

/** Raw events of yesterday; the conditions on the projected columns leave 24 prefixes to list. */
export function rawDayQuery(raw: LakeLocation): pulumi.Output<string> {
  return pulumi.interpolate`SELECT event_type, count(*) AS events
FROM ${raw.database}.${raw.table}
WHERE year = date_format(current_date - interval '1' day, '%Y')
  AND month = date_format(current_date - interval '1' day, '%m')
  AND day = date_format(current_date - interval '1' day, '%d')
GROUP BY event_type
ORDER BY events DESC`;
}
