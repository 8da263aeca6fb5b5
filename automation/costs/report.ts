import { table } from "../demo/summary";
import { SEED } from "./before";
import type { Lever } from "./levers";
import { num, type Line } from "./model";
import type { Sensitivity } from "./sensitivity";
import type { Statement } from "./statement";

/** Assumptions that are worth a line of the page. */
const SENSITIVITIES_SHOWN = 8;

const usd = (value: number): string =>
  `${value < 0 ? "-" : ""}$${Math.abs(value).toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;

/** The statement as a person reads it: services, total, before and after, levers, and what the bill rests on. */
export function statementText(statement: Statement, { lines = false } = {}): string {
  const { stack, origin, bill, prices, gbPerDay } = statement;
  const from = origin === "deployed" ? "its deployed state" : `a dry run of the program with Pulumi.${stack}.yaml`;
  return [
    `${stack} at ${num(gbPerDay)} GB of JSON a day, a month; resources from ${from}`,
    `List prices of ${prices.region}, ${prices.date}, before tax, discounts and the free tier.`,
    "",
    lines ? lineTable(bill.lines) : serviceTable(statement),
    `total ${usd(bill.usd)} a month · ${usd(bill.usdPerTb)} a TB of JSON · ${usd(bill.usdPerMillionEvents)} a million events`,
    "",
    "Before and after",
    comparisonTable(statement),
    ...goalLines(statement),
    "",
    "Levers (a month)",
    leverTable(statement.levers),
    everyLeverLine(statement),
    "",
    "What moves the total most, each halved and doubled by itself (--set name=value)",
    sensitivityTable(statement.sensitivities.slice(0, SENSITIVITIES_SHOWN)),
  ].join("\n");
}

/** The three dearest lines of a service. */
const LINES_OF_SERVICE = 3;

function serviceTable({ bill }: Statement): string {
  const rows = bill.services
    .filter(({ usd: amount }) => amount >= 0.005)
    .flatMap(({ service, usd: amount }) => {
      const own = bill.lines.filter((line) => line.service === service).sort((one, other) => other.usd - one.usd);
      const shown = own.slice(0, LINES_OF_SERVICE).filter((line) => line.usd >= 0.005);
      return [[service, "", "", usd(amount)], ...shown.map((line) => ["", line.what, amountOf(line), usd(line.usd)])];
    });
  return table(["service", "dearest lines", "quantity × price", "USD"], rows);
}

function lineTable(lines: readonly Line[]): string {
  const rows = lines.map((line) => [line.service, line.what, amountOf(line), usd(line.usd), line.price, line.because]);
  return table(["service", "what", "quantity × price", "USD", "price", "because"], rows);
}

const amountOf = ({ quantity, unit, unitUsd }: Line): string => `${num(quantity)} ${unit} × $${String(unitUsd)}`;

function comparisonTable({ bill, before, savedPercent, stack }: Statement): string {
  return table(
    ["", "month", "how"],
    [
      ["before, this model", usd(before.usd), before.lines.map((line) => `${line.what} ${usd(line.usd)}`).join(", ")],
      ["before, the seed", usd(before.seedUsd), `from “${usd(SEED.savedUsd)} saved (${String(SEED.savedPercent)} %)”`],
      ["after, the seed", usd(SEED.afterUsd), `${usd(SEED.afterUsd / 15)} a TB of 15 TB`],
      [`after, ${stack}`, usd(bill.usd), `${below(savedPercent)} this model's before`],
    ],
  );
}

function goalLines({ goals, sensitivities }: Statement): string[] {
  const lines = goals.map(({ name, goal, is, met }) => `${met ? "✓" : "✗"} ${name}: ${is} (goal ${goal})`);
  const [most] = sensitivities.filter(({ name }) => name !== "gbPerDay");
  if (most === undefined || goals.every(({ met }) => met)) return lines;
  const { name, value, low } = most;
  return [
    ...lines,
    `  The assumption that moves it most is ${name} = ${num(value)}; at ${num(low.value)} the total is ${usd(low.usd)}.`,
  ];
}

function everyLeverLine({ everyLever }: Statement): string {
  const { usd: amount, usdPerTb, savedPercent } = everyLever;
  return `With every lever pulled: ${usd(amount)} a month, ${usd(usdPerTb)} a TB, ${below(savedPercent)} “before”.`;
}

/** A saving in words; a stack may also be dearer than before. */
function below(percent: number): string {
  return `${Math.abs(percent).toFixed(1)} % ${percent < 0 ? "above" : "below"}`;
}

const STATES: Readonly<Record<Lever["state"], string>> = { pulled: "saves", free: "would save", none: "–" };

function leverTable(levers: readonly Lever[]): string {
  const rows = levers.map(({ name, state, usd: amount, how }) => [
    name,
    STATES[state],
    state === "none" ? "" : usd(amount),
    how,
  ]);
  return table(["lever", "", "USD", "how"], rows);
}

function sensitivityTable(sensitivities: readonly Sensitivity[]): string {
  const rows = sensitivities.map(({ name, value, low, high }) => [
    name,
    num(value),
    `${num(low.value)} → ${usd(low.usd)}`,
    `${num(high.value)} → ${usd(high.usd)}`,
  ]);
  return table(["assumption", "is", "halved", "doubled"], rows);
}
