import { readFile } from "node:fs/promises";
import { z } from "zod";
import { UserError } from "../errors";

/** What a comparison needs of a statement, as `cli cost --json` prints it. */
const statement = z.object({
  stack: z.string(),
  gbPerDay: z.number(),
  prices: z.object({ date: z.string(), region: z.string() }),
  bill: z.object({
    usd: z.number(),
    usdPerTb: z.number(),
    services: z.array(z.object({ service: z.string(), usd: z.number() })).readonly(),
  }),
});
export type ComparedStatement = z.infer<typeof statement>;

/** A statement that `cli cost --json` wrote. @throws UserError where the file is none */
export async function readStatement(file: string): Promise<ComparedStatement> {
  try {
    return statement.parse(JSON.parse(await readFile(file, "utf8")));
  } catch (cause) {
    throw new UserError(
      `${file} is not what cli cost --json prints.`,
      "Write it on the branch to compare with: npm run --silent cli -- cost --offline --json > base.json",
      { cause },
    );
  }
}

/** Differences of less than half a cent are none. */
const EQUAL_USD = 0.005;

const money = (usd: number): string =>
  `$${usd.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;

function change(before: number, after: number): string {
  const by = after - before;
  if (Math.abs(by) < EQUAL_USD) return "–";
  const percent = before < EQUAL_USD ? "new" : `${by > 0 ? "+" : "−"}${Math.abs((100 * by) / before).toFixed(1)} %`;
  return `${by > 0 ? "+" : "−"}${money(Math.abs(by))} (${percent})`;
}

/**
 * Two bills side by side as Markdown, for a comment on a merge request: the totals, then each service whose cost changes.
 * @throws UserError where they are not of the same volume or prices, which would say nothing about the change
 */
export function billDiff(base: ComparedStatement, head: ComparedStatement): string {
  if (base.gbPerDay !== head.gbPerDay || base.prices.date !== head.prices.date) {
    const side = ({ gbPerDay, prices }: ComparedStatement): string =>
      `${String(gbPerDay)} GB a day at prices of ${prices.date}`;
    throw new UserError(
      `The two bills cannot be compared: one is of ${side(base)}, the other of ${side(head)}.`,
      "Write both with the same --gb-per-day and the same price file.",
    );
  }
  const before = new Map(base.bill.services.map(({ service, usd }) => [service, usd]));
  const after = new Map(head.bill.services.map(({ service, usd }) => [service, usd]));
  const rows = [...new Set([...after.keys(), ...before.keys()])]
    .map((service) => ({ service, from: before.get(service) ?? 0, to: after.get(service) ?? 0 }))
    .filter(({ from, to }) => Math.abs(to - from) >= EQUAL_USD)
    .sort((one, other) => Math.abs(other.to - other.from) - Math.abs(one.to - one.from));
  const line = (name: string, from: number, to: number): string =>
    `| ${name} | ${money(from)} | ${money(to)} | ${change(from, to)} |`;
  const total = line("**a month**", base.bill.usd, head.bill.usd);
  return [
    `### Cost of \`${head.stack}\``,
    "",
    `${String(head.gbPerDay)} GB of raw JSON a day, list prices of ${head.prices.region}, ${head.prices.date}.`,
    "",
    "| | before | after | change |",
    "| --- | ---: | ---: | ---: |",
    total,
    line("**a TB**", base.bill.usdPerTb, head.bill.usdPerTb),
    ...rows.map(({ service, from, to }) => line(service, from, to)),
    ...(rows.length === 0 ? ["", "No service's cost changes."] : []),
    "",
  ].join("\n");
}
