/** The process of a dry run: takes one `DryRun` from its parent, sends back a snapshot or why there is none, and ends. */
import type { PulumiFn } from "@pulumi/pulumi/automation";
import { messageOf } from "../errors";
import { withoutSourceMaps } from "../stack/plain-traces";
import type { DryRunAnswer } from "./offline";
import { recordProgram, type DryRun } from "./record-program";

async function loadProgram(): Promise<PulumiFn> {
  const loaded = (await import("../../index.js")) as unknown as { default: PulumiFn };
  return loaded.default;
}

function answer(message: DryRunAnswer): void {
  process.send?.(message, () => process.disconnect());
}

// Not `once`: the listener holds the process, which nothing else does while closures are read through the inspector.
process.on("message", (run: DryRun) => {
  withoutSourceMaps(() => recordProgram(run, loadProgram))
    .then((snapshot) => answer({ snapshot }))
    .catch((error: unknown) => {
      answer({ failure: { name: error instanceof Error ? error.name : "Error", message: messageOf(error) } });
    });
});
