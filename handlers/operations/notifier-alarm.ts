/** State of an alarm, as CloudWatch calls it. */
export type AlarmState = "OK" | "ALARM" | "INSUFFICIENT_DATA";

/** What CloudWatch tells of an alarm's change, of a metric alarm or of a composite one. */
export interface AlarmChange {
  readonly name: string;
  readonly state: AlarmState;
  readonly oldState: AlarmState;
  /** When the state changed, ISO 8601 in UTC. */
  readonly at: string;
  readonly reason: string;
  /** Names of the alarms that made a composite one change; none for a metric alarm. */
  readonly children: readonly string[];
}

const STATES: readonly string[] = ["OK", "ALARM", "INSUFFICIENT_DATA"];

function isState(value: unknown): value is AlarmState {
  return typeof value === "string" && STATES.includes(value);
}

/** CloudWatch writes `2026-11-25T13:05:00.000+0000`, which is ISO 8601 but for the missing colon. */
function toIso(text: unknown): string | undefined {
  if (typeof text !== "string") return undefined;
  const at = Date.parse(text.replace(/([+-]\d\d)(\d\d)$/, "$1:$2"));
  return Number.isNaN(at) ? undefined : new Date(at).toISOString();
}

/** `arn:aws:cloudwatch:<region>:<account>:alarm:<name>` → name. */
function nameInArn(arn: string): string {
  return arn.split(":").slice(6).join(":");
}

function childNames(triggering: unknown): string[] {
  if (!Array.isArray(triggering)) return [];
  return triggering
    .map((child) => (child as { Arn?: unknown } | null)?.Arn)
    .filter((arn) => typeof arn === "string")
    .map(nameInArn)
    .filter((name) => name !== "");
}

/**
 * Reads the message that CloudWatch publishes to SNS (user guide, "Notifying users on alarm changes").
 * @returns undefined for anything that is no alarm's message
 */
export function parseAlarmChange(message: string): AlarmChange | undefined {
  let value: unknown;
  try {
    value = JSON.parse(message);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const fields = value as Record<string, unknown>;
  const { AlarmName: name, NewStateValue: state, OldStateValue: oldState, NewStateReason: reason } = fields;
  const at = toIso(fields["StateChangeTime"]);
  if (typeof name !== "string" || !isState(state) || at === undefined) return undefined;
  return {
    name,
    state,
    oldState: isState(oldState) ? oldState : "INSUFFICIENT_DATA",
    at,
    reason: typeof reason === "string" ? reason : "",
    children: childNames(fields["TriggeringChildren"]),
  };
}

/**
 * The newest value that a reason names: `Threshold Crossed: 1 out of the last 1 datapoints [94.0 (25/11/26 13:00:00)]
 * was less than the threshold (95.0) …` → 94.
 * @returns undefined where no datapoint is named: a composite alarm, or missing data
 */
export function valueInReason(reason: string): number | undefined {
  const found = /\[\s*(-?\d+(?:\.\d+)?(?:E[+-]?\d+)?)\s*\(/i.exec(reason);
  return found === null ? undefined : Number(found[1]);
}
