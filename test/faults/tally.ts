import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";

/** What one kind of fault did: how often it struck, and what was lost or came twice. */
export interface Count {
  tried: number;
  lost: number;
  duplicated: number;
}

/** Results of the layers; git ignores it. */
export const BUILD = path.join(__dirname, "..", "..", "build", "faults");

const SEED = 20261126;

/** Faults of one layer, and the seed that gives the same ones again. */
export interface FaultOptions {
  runs: number;
  seed: number;
}

/**
 * FAULT_RUNS and FAULT_SEED, as `npm run test:faults -- --runs N --seed S` sets them.
 *
 * @throws Error that names what is no whole number from 1
 */
export function faultOptions(fewRuns: number): FaultOptions {
  const read = (name: string, fallback: number): number => {
    const text = process.env[name] ?? "";
    if (text === "") return fallback;
    if (!/^[1-9]\d{0,8}$/.test(text)) throw new Error(`${name} is "${text}": it must be a whole number from 1`);
    return Number(text);
  };
  return { runs: read("FAULT_RUNS", fewRuns), seed: read("FAULT_SEED", SEED) };
}

/** All kinds of one layer. */
export class Tally {
  private readonly kinds = new Map<string, Count>();
  private startedAt: number | undefined;
  /** Runs that at least one fault struck. */
  runs = 0;

  constructor(
    readonly layer: string,
    readonly seed: number,
  ) {}

  /** One run with these kinds of fault. */
  run(kinds: Iterable<string>): void {
    this.startedAt ??= performance.now();
    this.runs += 1;
    for (const kind of kinds) this.of(kind).tried += 1;
  }

  /** What these kinds of fault lost or doubled. */
  charge(kinds: Iterable<string>, { lost = 0, duplicated = 0 }: { lost?: number; duplicated?: number }): void {
    for (const kind of kinds) {
      const count = this.of(kind);
      count.lost += lost;
      count.duplicated += duplicated;
    }
  }

  /** Kinds in the order of their names. */
  entries(): [string, Count][] {
    return [...this.kinds].sort(([one], [other]) => one.localeCompare(other));
  }

  /** Writes `build/faults/<layer>.json`, which run.mjs makes the table of docs/reliability.md of. */
  write(): void {
    mkdirSync(BUILD, { recursive: true });
    const seconds = Math.round((performance.now() - (this.startedAt ?? performance.now())) / 100) / 10;
    const { layer, seed, runs } = this;
    const text = JSON.stringify({ layer, seed, runs, seconds, kinds: Object.fromEntries(this.entries()) }, null, 1);
    writeFileSync(path.join(BUILD, `${layer}.json`), `${text}\n`);
  }

  private of(kind: string): Count {
    let count = this.kinds.get(kind);
    if (count === undefined) this.kinds.set(kind, (count = { tried: 0, lost: 0, duplicated: 0 }));
    return count;
  }
}
