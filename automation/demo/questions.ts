import type { StackOutputs } from "../stack/outputs";
import { queryAthena, type QueryAnswer, type QueryTarget } from "../stack/athena";
import type { AwsClients } from "../stack/clients";
import type { QueryFigures } from "./report";

/** A query of the demo with its answer. */
export interface Answered {
  figures: QueryFigures;
  answer: QueryAnswer;
}

/** What the lake says about itself, read through Athena only. */
export interface LakeAnswers {
  raw: Answered;
  gold: Answered;
  factRows: number;
  /** Revenue of the facts, two decimals. */
  revenue: string;
  /** Revenue of the materialised form, two decimals. */
  salesRevenue: string;
  users: number;
  factUsers: number;
  quarantinedRows: number;
  quarantinedEventIds: Set<string>;
  figures: QueryFigures[];
}

/**
 * The most common question, sales by category of the busiest day, asked of the raw JSON and of the star schema, and
 * the totals that the checks need.
 */
export async function askLake(clients: AwsClients, outputs: StackOutputs, signal: AbortSignal): Promise<LakeAnswers> {
  const figures: QueryFigures[] = [];
  const ask = async (name: string, at: QueryTarget, sql: string): Promise<Answered> => {
    const answer = await queryAthena(clients.athena, at, sql, signal);
    const { seconds, bytesScanned, rows } = answer;
    const entry: QueryFigures = { name, engine: "athena", seconds, bytesScanned, rows: rows.length };
    figures.push(entry);
    return { figures: entry, answer };
  };
  const bi = { workgroup: outputs.biWorkgroup, database: outputs.goldDatabase };
  const adhoc = { workgroup: outputs.adhocWorkgroup, database: outputs.bronzeDatabase };

  const totals = await ask(
    "gold totals",
    bi,
    "SELECT count(*), coalesce(sum(revenue), 0), count(DISTINCT user_id) FROM fact_clicks",
  );
  const users = await ask("users", bi, "SELECT count(*) FROM dim_users");
  const sales = await ask("sales totals", bi, "SELECT coalesce(sum(revenue), 0) FROM daily_sales");
  const quarantine = await ask(
    "quarantine",
    { ...adhoc, database: outputs.silverDatabase },
    "SELECT event_id FROM quarantine",
  );
  const day = await ask(
    "busiest day",
    bi,
    "SELECT event_date FROM daily_sales GROUP BY event_date ORDER BY sum(revenue) DESC, event_date LIMIT 1",
  );
  const date = day.answer.rows[0]?.[0];
  const raw = await ask("sales by category, raw JSON", adhoc, rawSales(date ?? "1970-01-01"));
  const gold = await ask("sales by category, star schema", bi, goldSales(date ?? "1970-01-01"));
  const cell = (answered: Answered, column: number): string => answered.answer.rows[0]?.[column] ?? "0";
  return {
    raw,
    gold,
    factRows: Number(cell(totals, 0)),
    revenue: Number(cell(totals, 1)).toFixed(2),
    factUsers: Number(cell(totals, 2)),
    users: Number(cell(users, 0)),
    salesRevenue: Number(cell(sales, 0)).toFixed(2),
    quarantinedRows: quarantine.answer.rows.length,
    quarantinedEventIds: new Set(quarantine.answer.rows.map((row) => row[0]?.toLowerCase() ?? "")),
    figures,
  };
}

// The raw form has to find the day by its landing partitions, drop repeated lines and cast text: what a team without
// silver and gold would write.
function rawSales(date: string): string {
  const [year, month, day] = date.split("-");
  return `
    SELECT coalesce(category, 'unknown') AS category, count(*) AS purchases, sum(amount) AS revenue
    FROM (
      SELECT DISTINCT event_id, product.category AS category, try_cast("order".amount AS decimal(14, 2)) AS amount
      FROM raw_events
      WHERE year = '${year ?? ""}' AND month = '${month ?? ""}' AND day = '${day ?? ""}' AND event_type = 'purchase'
    )
    GROUP BY 1 ORDER BY revenue DESC`;
}

function goldSales(date: string): string {
  return `
    SELECT product_category AS category, sum(purchases) AS purchases, sum(revenue) AS revenue
    FROM daily_sales
    WHERE event_date = DATE '${date}' AND purchases > 0
    GROUP BY product_category ORDER BY revenue DESC`;
}
