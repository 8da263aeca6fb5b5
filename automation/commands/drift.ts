import { userInfo } from "node:os";
import Table from "cli-table3";
import type { Command } from "commander";
import { driftTitle, type DriftRecord } from "../../handlers/landing/drift-record";
import type { Decision, HeldHour } from "../stack/drift";
import type { TargetName } from "../stack/target-name";
import { withOutputs } from "./data";
import { stackOption, targetOption } from "./options";

interface DriftFlags {
  stack: string;
  target: TargetName;
}

/** `drift`: what producers changed, and what is done about it. */
export function addDriftCommand(program: Command): void {
  const drift = program.command("drift").description("see and decide on what producers changed in their events");
  drift
    .command("list")
    .description("show all drifts and the hours that are held out of silver")
    .addOption(stackOption())
    .addOption(targetOption())
    .action(async (at: DriftFlags) => {
      const { listDrifts, listHolds, OLD_HOLD_DAYS } = await import("../stack/drift.js");
      await withOutputs(at, async ({ clients, outputs }) => {
        const drifts = await listDrifts(clients, outputs);
        const holds = await listHolds(clients.s3, outputs.statePath);
        print(drifts.length === 0 ? "No drift was seen." : describeDrifts(drifts));
        print(describeHolds(holds, new Date(), OLD_HOLD_DAYS));
      });
    });
  drift
    .command("show")
    .description("show one drift with its example")
    .argument("<id>", "id of the drift, as list prints it")
    .addOption(stackOption())
    .addOption(targetOption())
    .action(async (id: string, at: DriftFlags) => {
      const { findDrift } = await import("../stack/drift.js");
      await withOutputs(at, async ({ clients, outputs }) =>
        print(describeDrift(await findDrift(clients, outputs, id))),
      );
    });
  drift
    .command("accept")
    .description("take the change as it is: release its hours, with a mapping where a field was renamed")
    .argument("<id>", "id of the drift, as list prints it")
    .addOption(stackOption())
    .addOption(targetOption())
    .option("--map <from=to>", "field that stands in for another, dotted paths; the suggested one by default")
    .action(async (id: string, { map, ...at }: DriftFlags & { map?: string }) => {
      await decide(at, { id, decision: "accepted", ...(map === undefined ? {} : { map }) });
    });
  drift
    .command("reject")
    .description("refuse the change: release its hours, so that silver quarantines the lines that break a rule")
    .argument("<id>", "id of the drift, as list prints it")
    .addOption(stackOption())
    .addOption(targetOption())
    .action(async (id: string, at: DriftFlags) => decide(at, { id, decision: "rejected" }));
}

async function decide(
  at: DriftFlags,
  request: { id: string; decision: "accepted" | "rejected"; map?: string },
): Promise<void> {
  const { decideDrift } = await import("../stack/drift.js");
  await withOutputs(at, async ({ clients, outputs }) => {
    const decision = await decideDrift(clients, outputs, { ...request, now: new Date(), by: userInfo().username });
    print(describeDecision(decision, at));
  });
}

/** A table of drifts. */
export function describeDrifts(drifts: readonly DriftRecord[]): string {
  const table = new Table({
    head: ["id", "state", "severity", "what", "version", "objects", "last seen"],
    style: { head: [], border: [] },
  });
  for (const drift of drifts) {
    const { id, state, severity, schemaVersion, count, lastSeen } = drift;
    table.push([id, state, severity, driftTitle(drift), schemaVersion, String(count), lastSeen]);
  }
  return table.toString();
}

/** One drift with all that is known of it. */
export function describeDrift(drift: DriftRecord): string {
  const { id, state, severity, schemaVersion, lines, of, key, hours, firstSeen, lastSeen, count } = drift;
  const decided = drift.decidedAt === undefined ? "" : ` since ${drift.decidedAt}`;
  const rows = [
    `${id}: ${driftTitle(drift)}`,
    `${severity}, ${state}${decided}; schema version ${schemaVersion}`,
    `first seen ${firstSeen} in ${key}: ${String(lines)} of ${String(of)} sampled lines`,
    `last seen ${lastSeen}; ${String(count)} objects; hours ${hours.join(", ")}`,
    `example (values masked): ${drift.example}`,
  ];
  if (drift.suggestion !== undefined) rows.push(`suggested: --map ${drift.suggestion.from}=${drift.suggestion.to}`);
  return rows.join("\n");
}

/** What is held, and what was held for too long. */
export function describeHolds(holds: readonly HeldHour[], now: Date, oldDays: number): string {
  if (holds.length === 0) return "No hour is held out of silver.";
  return holds
    .map(({ hour, drift, since }) => {
      const days = Math.floor((now.getTime() - Date.parse(since)) / 86_400_000);
      const old = days >= oldDays ? `, ${String(days)} days ago: decide, its rows are in no table until then` : "";
      return `held  ${hour}  for ${drift} since ${since}${old}`;
    })
    .join("\n");
}

/** What was decided, what happens next, and what it means for the counts. */
export function describeDecision(decision: Decision, at: { stack: string; target: string }): string {
  const { drift, mapping, released, stillHeld } = decision;
  const rows = [`${drift.id} is ${decision.decision}: ${driftTitle(drift)}`];
  if (mapping !== undefined)
    rows.push(`From now on "${mapping.from}" is read as "${mapping.to}" where that is absent.`);
  if (released.length > 0) rows.push(`Released: ${released.join(", ")}.`);
  if (stillHeld.length > 0) rows.push(`Still held for another open drift: ${stillHeld.join(", ")}.`);
  if (released.length > 0) {
    rows.push(
      "The next run of the silver job reads all raw files of the released hours; start it now: " +
        `npm run cli -- run-etl --stack ${at.stack} --target ${at.target}`,
    );
  }
  rows.push(consequence(decision));
  return rows.join("\n");
}

function consequence({ drift, decision, mapping }: Decision): string {
  if (drift.severity === "additive")
    return "Counts do not change: its rows were accepted all along, unknown fields in extras.";
  if (mapping !== undefined)
    return "Counts: the mapped lines are accepted like any other; none is quarantined for the missing field.";
  const quarantined = "Counts: lines that break a quality rule are quarantined, the others accepted; nothing is lost";
  return decision === "accepted"
    ? `${quarantined}, and the landing check says no more of this drift.`
    : `${quarantined}, and another hour with this drift is held again.`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
