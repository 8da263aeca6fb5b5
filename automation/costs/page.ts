import path from "node:path";
import { offlineStack } from "../graph/offline";
import { stackFileConfig } from "../graph/stack-file";
import { PROJECT_ROOT } from "../stack/workspace";
import { withWrittenPart } from "../written-part";
import { assumed, type Assumed } from "./assumptions";
import { loadPrices } from "./prices";
import { statementText } from "./report";
import { statementOf, type Statement } from "./statement";

const COMMAND = "npm run cli -- cost --docs";
const BILL = "npm run cli -- cost --stack prod --offline";

/** A development stack between two uses: what it holds is a day's worth of a demo. */
const UNUSED: Partial<Assumed> = { gbPerDay: 0.001, queriesPerDay: 0, logQueriesPerDay: 0, manualRunsPerDay: 0 };

/** Pages that hold figures of the cost model, by file, as this command writes them. */
export async function costPages(): Promise<ReadonlyMap<string, string>> {
  const [prod, unused] = await Promise.all([statementFor("prod", {}), statementFor("dev", UNUSED)]);
  const parts: [string, string][] = [
    ["README.md", summary(prod, unused)],
    ["docs/cost.md", ["```text", `$ ${BILL}`, statementText(prod), "```"].join("\n")],
  ];
  const pages = parts.map(async ([name, part]): Promise<[string, string]> => {
    const file = path.join(PROJECT_ROOT, name);
    return [file, await withWrittenPart(file, COMMAND, part)];
  });
  return new Map(await Promise.all(pages));
}

async function statementFor(stack: string, changes: Partial<Assumed>): Promise<Statement> {
  const costed = await offlineStack(stack, await stackFileConfig(stack));
  return statementOf({ ...costed, assumed: assumed(changes), prices: loadPrices() });
}

function summary({ bill, before, everyLever, gbPerDay, prices }: Statement, unused: Statement): string {
  const whole = (amount: number): string => `$${Math.round(amount).toLocaleString("en-US")}`;
  const tb = bill.usd / bill.usdPerTb;
  const row = (what: string, month: number, perTb: number): string => `| ${what} | ${whole(month)} | ${whole(perTb)} |`;
  return [
    `| ${String(gbPerDay)} GB of JSON a day, list prices of ${prices.region}, ${prices.date.slice(0, 7)} | month | a TB |`,
    "| --- | --- | --- |",
    row("everything in Redshift, as this model reckons it", before.usd, before.usd / tb),
    row("everything in Redshift, as the seed article says", before.seedUsd, before.seedUsd / tb),
    row("this stack as `Pulumi.prod.yaml` deploys it", bill.usd, bill.usdPerTb),
    row("the same with every lever that it does not pull by default", everyLever.usd, everyLever.usdPerTb),
    `| a development stack that nobody uses | ${whole(unused.bill.usd)} | |`,
  ].join("\n");
}
