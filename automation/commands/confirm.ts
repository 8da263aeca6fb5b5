import { randomBytes } from "node:crypto";
import { hostname, userInfo } from "node:os";
import { createInterface } from "node:readline/promises";
import { UserError } from "../errors";

/**
 * Asks a question that takes yes or no; nothing but yes is a yes.
 * @throws UserError where nobody can answer: there is no terminal
 */
export async function confirm(question: string, signal: AbortSignal): Promise<boolean> {
  if (!process.stdin.isTTY) {
    throw new UserError(
      `Nobody can answer "${question}": there is no terminal.`,
      "Give --yes to do it without a question.",
    );
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // The terminal is in a mode in which Ctrl-C is a key and no signal.
  terminal.on("SIGINT", () => process.kill(process.pid, "SIGINT"));
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `, { signal })).trim());
  } finally {
    terminal.close();
  }
}

/** Owner of a lock: whose process on which machine, and unlike any other process. */
export function lockOwner(): string {
  return `${userInfo().username}@${hostname()} (process ${String(process.pid)}, ${randomBytes(4).toString("hex")})`;
}
