/** Levels used by the handlers; alarms and queries filter on them. */
export type LogLevel = "info" | "warn" | "error";

/**
 * Writes one JSON line to the function's log. A field never hides `level` or `message`.
 *
 * Personal data does not belong here: callers log ids, offsets and counts, never a raw line.
 */
export function logLine(level: LogLevel, message: string, fields: Record<string, unknown> = {}): void {
  const line = JSON.stringify({ ...fields, level, message });
  if (level === "info") console.log(line);
  else console.error(line);
}

/** The name and text of anything thrown, short enough for a log line. */
export function describeError(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return text.length > 500 ? `${text.slice(0, 500)}…` : text;
}
