import { EphemeralStack } from "../../../automation/ephemeral-stack";
import { runGold, runSilver } from "../../../automation/stack/etl";
import type { Deployment } from "../../../automation/stack/pipeline-stack";
import { landGenerated, type Deployed } from "./lake";

/** Midnight before now, so that "today" is the date after the newest event. */
export const END = new Date(Math.floor(Date.now() / 86_400_000) * 86_400_000);

/** A date of the 120 days of events. */
export function daysBefore(days: number): string {
  return new Date(END.getTime() - days * 86_400_000).toISOString().slice(0, 10);
}

/** A stack with a warehouse, an archive that must be restored, and 120 days of events in gold. */
export interface Tiers extends Deployed {
  stack: EphemeralStack;
  first: Deployment;
}

let shared: Promise<Tiers> | undefined;

/** The one stack of all tests about hot, warm and cold: it takes a minute and a half to make. */
export function tiers(): Promise<Tiers> {
  return (shared ??= make());
}

async function make(): Promise<Tiers> {
  const config = {
    warehouseMode: "provisioned",
    warehouseIdleMinutes: 15,
    warehousePauseSchedule: "cron(0 19 * * ? *)",
    archiveStorageClass: "GLACIER",
  };
  const stack = await EphemeralStack.create({ config });
  // Remembered before anything can fail, so that it is destroyed whatever happens.
  made = stack;
  const first = await stack.up();
  const at = { clients: stack.clients, outputs: first.outputs };
  await landGenerated(at, { events: 3_000, seed: 5, days: 120, end: END, corruptPercent: 0 }, "day");
  await runSilver(at.clients, at.outputs);
  await runGold(at.clients, at.outputs);
  return { ...at, stack, first };
}

let made: EphemeralStack | undefined;

// Of the whole run: the files that share the stack come one after the other.
after("destroy the stack of the tiers", () => made?.destroy());
