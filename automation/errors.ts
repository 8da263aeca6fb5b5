/**
 * An error that a person can act on: what was given, which rule it broke, what to do next. The CLI prints it without a
 * stack trace and exits 1; anything else is a bug and keeps its trace.
 */
export class UserError extends Error {
  constructor(
    readonly problem: string,
    readonly nextAction: string,
    options?: { cause?: unknown },
  ) {
    super(`${problem}\n  → ${nextAction}`, options);
    this.name = "UserError";
  }
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
