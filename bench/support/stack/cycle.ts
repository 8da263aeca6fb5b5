/** Cycles of stacks, several at once. */
import { fork } from "node:child_process";
import path from "node:path";
import { PROJECT_ROOT } from "../../../automation/stack/workspace";

/** Seconds of one stack's life. */
export interface Cycle {
  /** Local cloud and workspace. */
  create: number;
  up: number;
  /** The second `up`, which changes nothing. */
  noop: number;
  /** With the search for what is left. */
  destroy: number;
  resources: number;
}

/** What a process is to do. */
export type CycleOrder = { kind: "pipeline" } | { kind: "floor"; resources: number; plugin: string };
/** What it did. */
export type CycleAnswer = { cycle: Cycle } | { failure: string };

/** Runs as many cycles at once as are wanted, each in a process of its own. @throws Error where one fails */
export async function cycles(order: CycleOrder, atOnce: number): Promise<Cycle[]> {
  return Promise.all(Array.from({ length: atOnce }, () => cycle(order)));
}

function cycle(order: CycleOrder): Promise<Cycle> {
  return new Promise((resolve, reject) => {
    const child = fork(path.join(PROJECT_ROOT, "bench", "support", "stack", "cycle-process.ts"), [], {
      cwd: PROJECT_ROOT,
      execArgv: ["--import", "tsx"],
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    child.once("message", (answer: CycleAnswer) => {
      if ("cycle" in answer) resolve(answer.cycle);
      else reject(new Error(`A ${order.kind} stack failed: ${answer.failure}`));
    });
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`A ${order.kind} stack's process ended with ${String(code)}.`)));
    child.send(order);
  });
}
