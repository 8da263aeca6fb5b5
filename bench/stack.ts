/**
 * An ephemeral stack beside the engine's floor: up, up without a change, destroy; 1, 4 and 8 stacks at once.
 * `npm run bench -- stack [--at-once 1,4,8] [--samples 5] [--quick]`
 */
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { InvalidArgumentError } from "commander";
import { wholeNumber } from "../automation/commands/options";
import { benchmark, say, type BenchOptions, type Finding } from "./support/bench";
import { cycles, type Cycle } from "./support/stack/cycle";
import { figure, median, spreadOf, spreadText } from "./support/statistics";

interface StackOptions extends BenchOptions {
  atOnce?: number[];
  samples?: number;
}

/** Stacks of both kinds that lived at once, round by round. */
interface Rounds {
  atOnce: number;
  pipeline: Cycle[];
  floor: Cycle[];
}

const AT_ONCE = [1, 4, 8];
/** Stacks of each kind that are measured at least. */
const SAMPLES = 5;
/** Issue 7: up and destroy near the engine's floor. */
const GOAL = 2;

function numbers(text: string): number[] {
  const parsed = text.split(",").map(Number);
  if (parsed.every((count) => Number.isInteger(count) && count >= 1 && count <= 32)) return parsed;
  throw new InvalidArgumentError("It must be whole numbers from 1 to 32, for example 1,4,8.");
}

async function measure({ quick, atOnce, samples = quick ? 1 : SAMPLES }: StackOptions): Promise<Finding> {
  const plugin = await mkdtemp(path.join(os.tmpdir(), "clickstream-floor-"));
  try {
    const found: Rounds[] = [];
    for (const count of atOnce ?? (quick ? [1] : AT_ONCE)) {
      const rounds: Rounds = { atOnce: count, pipeline: [], floor: [] };
      while (rounds.pipeline.length < samples) {
        const pipeline = await cycles({ kind: "pipeline" }, count);
        const resources = pipeline[0]?.resources ?? 0;
        // Beside it in time: whatever disturbs the machine disturbs both.
        const floor = await cycles({ kind: "floor", resources, plugin }, count);
        rounds.pipeline.push(...pipeline);
        rounds.floor.push(...floor);
        const [above, below] = [pipeline, floor].map((all) => median(all.map(life)));
        say(`${String(count)} at once: ${figure(above ?? 0)} s, floor ${figure(below ?? 0)} s`);
      }
      found.push(rounds);
    }
    return finding(found);
  } finally {
    await rm(plugin, { recursive: true, force: true });
  }
}

const life = ({ up, destroy }: Cycle): number => up + destroy;

const PHASES = ["create", "up", "noop", "destroy"] as const;

function finding(found: readonly Rounds[]): Finding {
  const ratio = ({ pipeline, floor }: Rounds, of: (cycle: Cycle) => number): number =>
    median(pipeline.map(of)) / median(floor.map(of));
  const [first] = found;
  if (first === undefined) throw new Error("nothing was measured");
  const resources = first.pipeline[0]?.resources ?? 0;
  const gained = ratio(first, life);
  return {
    curves: {
      id: "stack",
      title: "Up and destroy, over stacks at once",
      what: "Seconds of up plus destroy of a whole pipeline and of the engine's floor, over the stacks that live at once.",
      x: "stacks at once",
      y: "seconds",
      points: found.flatMap((rounds) =>
        (["pipeline", "floor"] as const).map((series) => {
          const { median: y, min: low, max: high } = spreadOf(rounds[series].map(life));
          return { series, x: rounds.atOnce, y, low, high };
        }),
      ),
    },
    method: [
      `The pipeline as Pulumi.dev.yaml has it, ${String(resources)} resources, on the local target; the floor is the same engine ` +
        "with as many resources of a provider that does nothing. Each stack has a process of its own, as CI jobs have.",
      "create is the local cloud and the workspace, destroy includes the search for leftovers. Pipeline and floor alternate; " +
        "where several live at once each stack is one measurement.",
    ],
    tables: [
      {
        caption: "Seconds: median (fastest–slowest)",
        head: ["at once", "stack", "measured", ...PHASES, "up + destroy", "× floor"],
        rows: found.flatMap((rounds) =>
          (["pipeline", "floor"] as const).map((kind) => [
            String(rounds.atOnce),
            kind,
            String(rounds[kind].length),
            ...PHASES.map((phase) => spreadText(spreadOf(rounds[kind].map((cycle) => cycle[phase])))),
            spreadText(spreadOf(rounds[kind].map(life))),
            kind === "floor" ? "1" : figure(ratio(rounds, life)),
          ]),
        ),
      },
    ],
    goals: [
      {
        goal: `up + destroy at most ${String(GOAL)} times the engine's floor`,
        measured: `${figure(gained)} × for one stack (up ${figure(ratio(first, ({ up }) => up))} ×, destroy ${figure(ratio(first, ({ destroy }) => destroy))} ×)`,
        met: gained <= GOAL,
      },
    ],
    notes: found.map((rounds) => {
      const each = median(rounds.pipeline.map(life)) / rounds.atOnce;
      return `${String(rounds.atOnce)} at once: ${figure(each)} s of up and destroy a stack, ${figure(ratio(rounds, life))} × the floor.`;
    }),
    data: { resources, found },
  };
}

benchmark<StackOptions>({
  name: "stack",
  title: "Ephemeral stack beside the engine's floor",
  options: (command) =>
    command
      .option("--at-once <n,…>", "stacks at once", numbers)
      .option("--samples <n>", "stacks of each kind at least", wholeNumber(1, 50)),
  measure,
});
