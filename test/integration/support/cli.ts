import path from "node:path";
import type { execa as Execa, Options, ResultPromise } from "execa";
import { PROJECT_ROOT } from "../../../automation/stack/workspace";

const QUIET: Options = { cwd: PROJECT_ROOT, reject: false, stdin: "ignore", all: true };

// An ES module, which the tests' own loader cannot `require`.
let execa: typeof Execa;
before(async () => ({ execa } = await import("execa")));

/** A command of the CLI with a temp folder of its own, so that what it leaves there can be seen. */
export function cli(temp: string, ...args: string[]): ResultPromise<Options> {
  const command = ["--import", "tsx", path.join("automation", "cli.ts"), ...args];
  return execa(process.execPath, command, { ...QUIET, env: { TMPDIR: temp } });
}
