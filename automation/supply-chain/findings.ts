import path from "node:path";

/** The project; not that of the driver, whose module loads the whole engine. */
export const PROJECT_ROOT = path.resolve(__dirname, "..", "..");

/** One known flaw of one package. */
export interface Advisory {
  package: string;
  severity: string;
  title: string;
  /** What to do, as the service says. */
  remedy: string;
}

/** What an advisory service said of a lock file; `unknown` is not `clean`. */
export type AuditResult =
  | { kind: "clean"; packages: number }
  | { kind: "vulnerable"; advisories: readonly Advisory[] }
  | { kind: "unknown"; reason: string };

/** What a program printed, and how it ended. */
export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

/** Starts a program of the machine; never throws for one that fails. */
export type Run = (command: string, args: readonly string[], cwd: string) => Promise<Ran>;

/** The value of JSON text; undefined for what is none. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The last line that says something, without names of hosts: a message may be pasted into an issue. */
export function lastWords({ stdout, stderr, code }: Ran): string {
  const line = `${stdout}\n${stderr}`
    .split("\n")
    .map((text) => text.trim())
    .filter((text) => text !== "" && !/A complete log of this run|^[{}[\]",]+$/.test(text))
    .at(-1);
  const said = (line ?? "it said nothing").replace(/https?:\/\/[^\s/"']+/g, "(service)");
  return `exit code ${String(code)}: ${said.slice(0, 200)}`;
}
