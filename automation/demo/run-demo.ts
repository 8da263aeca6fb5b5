import { writeFile } from "node:fs/promises";
import pc from "picocolors";
import { UserError } from "../errors";
import { EphemeralStack } from "../ephemeral-stack";
import { toBucket } from "../ingest/lander";
import { AlertProbe, alertQueueDrained, type PurchaseAlert } from "../stack/alert-probe";
import { runGold, runSilver, type GoldReport, type SilverReport } from "../stack/etl";
import { interruptible, untilAborted, withCleanUp } from "../stack/interruption";
import type { Deployment } from "../stack/pipeline-stack";
import type { TargetName } from "../stack/target-name";
import { landInput, type DemoInput, type LandedInput } from "./expectations";
import { drawReport } from "./draw-report";
import { askLake, type LakeAnswers } from "./questions";
import { equal, usd, type Check, type DemoReport } from "./report";
import { Steps } from "./steps";
import { summaryText } from "./summary";

export interface DemoOptions {
  input: DemoInput;
  target: TargetName;
  /** Leave the stack running. */
  keep: boolean;
  /** File for the report, or none. */
  json: string | undefined;
  /** File for the page with plots, or none. */
  report: string | undefined;
  /** USD. */
  alertThresholdUsd: number;
}

type StepName = "up" | "ingest" | "silver" | "gold" | "alerts" | "query" | "report" | "destroy";

interface Findings {
  deployment: Deployment;
  input: LandedInput;
  silver: SilverReport;
  gold: GoldReport;
  lake: LakeAnswers;
  alerts: PurchaseAlert[];
}

/**
 * The main job, whole: deploy, land, both jobs, the alerts, the queries, destroy.
 *
 * @throws UserError where any figure is not what the input says it must be.
 */
export async function runDemo(options: DemoOptions): Promise<DemoReport> {
  const steps = new Steps<StepName>(false);
  const findings = await interruptible((signal) => onStack(options, steps, signal));
  const report = reportOf(findings, steps);
  const checks = checksOf(findings);
  const text = summaryText(findings.input, findings.silver, findings.lake, findings.alerts, report, checks);
  process.stdout.write(`${text}\n`);
  if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(report, undefined, 2)}\n`);
  const off = checks.filter((check) => !check.ok);
  if (off.length > 0) {
    throw new UserError(
      `${String(off.length)} of ${String(checks.length)} figures are off: ` +
        off.map((check) => `${check.name} is ${check.found}, must be ${check.expected}`).join("; "),
      "Run again with --keep and look at the tables with: npm run cli -- query",
    );
  }
  process.stdout.write(pc.green(`\nAll ${String(checks.length)} figures are right.\n`));
  return report;
}

async function onStack(options: DemoOptions, steps: Steps<StepName>, signal: AbortSignal): Promise<Findings> {
  let progress: (line: string) => void = () => undefined;
  let stack: EphemeralStack | undefined;
  const deployAndUse = async (): Promise<Findings> => {
    const { made, deployment } = await steps.run(
      "up",
      `Deploying to the ${options.target} target`,
      async (show) => {
        progress = show;
        stack = await EphemeralStack.create({
          target: options.target,
          keep: options.keep,
          config: { alertThresholdUsd: options.alertThresholdUsd },
          onProgress: (line) => progress(line),
        });
        return { made: stack, deployment: await stack.up(signal) };
      },
      (up) => `${String(up.deployment.changes.create ?? 0)} resources`,
    );
    return untilAborted(useStack(made, deployment, options, steps, signal), signal);
  };
  return withCleanUp(deployAndUse, async () => {
    if (stack !== undefined) await end(stack, options, steps, (show) => (progress = show));
  });
}

async function useStack(
  stack: EphemeralStack,
  deployment: Deployment,
  options: DemoOptions,
  steps: Steps<StepName>,
  signal: AbortSignal,
): Promise<Findings> {
  const { clients } = stack;
  const { outputs } = deployment;
  const probe = await AlertProbe.subscribe(clients, outputs);
  try {
    const place = { bucket: outputs.rawBucket, prefix: outputs.eventsPrefix };
    const input = await steps.run(
      "ingest",
      "Landing raw events",
      (show) => landInput(toBucket(clients.s3, place), options.input, options.alertThresholdUsd, show),
      (landed) => `${String(landed.lines)} lines`,
    );
    const silver = await steps.run(
      "silver",
      "bronze → silver",
      (show) => runSilver(clients, outputs, { ...(input.asOf ? { asOf: input.asOf } : {}), signal, onProgress: show }),
      (report) => `${String(report.accepted)} accepted`,
    );
    const gold = await steps.run(
      "gold",
      "silver → gold",
      (show) => runGold(clients, outputs, { signal, onProgress: show }),
      (report) => `${String(report.fact_rows)} facts`,
    );
    const alerts = await steps.run(
      "alerts",
      "Collecting alerts",
      () => probe.collect(input.alerts, () => alertQueueDrained(clients, outputs)),
      (found) => `${String(found.length)} alerts`,
    );
    const lake = await steps.run("query", "Asking Athena", () => askLake(clients, outputs, signal));
    const { report: file } = options;
    if (file !== undefined) {
      await steps.run(
        "report",
        "Drawing the report",
        () => drawReport({ stack, file, clients, outputs, signal }),
        () => file,
      );
    }
    return { deployment, input, silver, gold, lake, alerts };
  } finally {
    await probe.close();
  }
}

async function end(
  stack: EphemeralStack,
  options: DemoOptions,
  steps: Steps<StepName>,
  setProgress: (show: (line: string) => void) => void,
): Promise<void> {
  if (options.keep) {
    await stack.release();
    process.stdout.write(`The stack ${stack.name} is kept. Destroy it with: ` + destroyCommand(stack, options) + "\n");
    return;
  }
  await steps.run("destroy", "Destroying the stack", (show) => {
    setProgress(show);
    return stack.destroy();
  });
}

function destroyCommand(stack: EphemeralStack, options: DemoOptions): string {
  return `npm run cli -- destroy --target ${options.target} --stack ${stack.name}`;
}

function checksOf({ input, silver, gold, lake, alerts }: Findings): Check[] {
  const sum = silver.accepted + silver.quarantined + silver.duplicates;
  const fromInput = (name: string, expected: number | undefined, found: number): Check[] =>
    expected === undefined ? [] : [equal(name, expected, found)];
  const revenue = usd(input.revenueCents(lake.quarantinedEventIds));
  return [
    equal("lines read = lines landed", input.lines, silver.read),
    equal("read = accepted + quarantined + duplicates", silver.read, sum),
    ...fromInput("accepted", input.accepted, silver.accepted),
    ...fromInput("quarantined", input.quarantined, silver.quarantined),
    ...fromInput("duplicates", input.duplicates, silver.duplicates),
    equal("rows in the quarantine table", silver.quarantined, lake.quarantinedRows),
    equal("facts = accepted", silver.accepted, lake.factRows),
    equal("facts the job counted", gold.fact_rows, lake.factRows),
    ...fromInput("users", input.users, lake.users),
    equal("users = distinct users of the facts", lake.factUsers, lake.users),
    equal("revenue of the facts = revenue of the input", revenue, lake.revenue),
    equal("revenue of daily_sales = revenue of the input", revenue, lake.salesRevenue),
    equal("alerts", input.alerts, alerts.length),
    equal("orders alerted once", alerts.length, new Set(alerts.map((alert) => alert.orderId)).size),
  ];
}

function reportOf({ deployment, silver, lake, alerts }: Findings, steps: Steps<StepName>): DemoReport {
  const { read, accepted, quarantined, duplicates } = silver;
  return {
    read,
    accepted,
    quarantined,
    duplicates,
    factRows: lake.factRows,
    users: lake.users,
    revenue: lake.revenue,
    alerts: alerts.length,
    resources: deployment.changes.create ?? 0,
    seconds: {
      up: steps.seconds("up"),
      ingest: steps.seconds("ingest"),
      silver: steps.seconds("silver"),
      gold: steps.seconds("gold"),
      query: steps.seconds("query"),
      destroy: steps.seconds("destroy"),
    },
    queries: lake.figures,
  };
}
