import { parseQueueMessage } from "../queue-message";

/** Prefix of the producers' heartbeats in the raw bucket, beside the events. */
export const HEARTBEATS_PREFIX = "heartbeats/";

/** Form of a producer's name: it becomes part of a key. */
export const PRODUCER_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** Where and when an object landed. */
export interface Landing {
  bucket: string;
  key: string;
  versionId?: string;
  /** Stored bytes; S3 always says them. */
  size: number;
  /** Instant of S3's event, ISO 8601 in UTC: the check's own "now". */
  landedAt: string;
  /** Tells one write of the key from another: S3's sequencer, version and etag. */
  write: string;
}

/** What one message of the queue announces. */
export type LandedObject =
  | (Landing & { kind: "events" })
  | (Landing & { kind: "heartbeat"; producer: string })
  | { kind: "ignored"; reason: string }
  | { kind: "unknown"; reason: string };

function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

/** Reads the body of a queue message. Never throws. */
export function parseLanded(body: string, rawBucket: string, eventsPrefix: string): LandedObject {
  const message = parseQueueMessage(body);
  if (message.kind !== "object") {
    return { kind: "unknown", reason: message.kind === "unknown" ? message.reason : "an event, not an object" };
  }
  const { bucket, key, versionId } = message;
  if (bucket !== rawBucket) return { kind: "unknown", reason: `object in bucket ${bucket}, not in ${rawBucket}` };
  const event = JSON.parse(body) as Record<string, unknown>;
  const at = new Date(String(event["time"]));
  if (Number.isNaN(at.getTime())) return { kind: "unknown", reason: `time is ${String(event["time"])}` };
  const object = record(record(event["detail"])["object"]);
  const landing = {
    bucket,
    key,
    ...(versionId === undefined ? {} : { versionId }),
    size: message.size ?? 0,
    landedAt: at.toISOString(),
    write: [object["sequencer"], versionId, object["etag"]].filter((part) => typeof part === "string").join("/"),
  };
  if (key.startsWith(HEARTBEATS_PREFIX)) {
    const producer = /^([^/]+)\.json$/.exec(key.slice(HEARTBEATS_PREFIX.length))?.[1];
    return producer !== undefined && PRODUCER_PATTERN.test(producer)
      ? { kind: "heartbeat", ...landing, producer }
      : { kind: "ignored", reason: `${key} is not ${HEARTBEATS_PREFIX}<producer>.json` };
  }
  if (!key.startsWith(eventsPrefix)) return { kind: "ignored", reason: `${key} is not under ${eventsPrefix}` };
  // The silver job reads none of these either: raw.py, is_event_file.
  const name = key.slice(key.lastIndexOf("/") + 1);
  if (name === "" || name.startsWith("_") || name.startsWith(".") || name.endsWith("_$folder$")) {
    return { kind: "ignored", reason: "a folder marker or hidden name holds no events" };
  }
  return { kind: "events", ...landing };
}

/** Landing hour in an object's key as `2026/11/25/13`, undefined where the key is not in the y/m/d/h layout. */
export function hourOfKey(key: string, eventsPrefix: string): string | undefined {
  const found = /^year=(\d{4})\/month=(\d{2})\/day=(\d{2})\/hour=(\d{2})\//.exec(key.slice(eventsPrefix.length));
  if (found === null) return undefined;
  const hour = found.slice(1, 5).join("/");
  return startOfHour(hour) === undefined ? undefined : hour;
}

/** Epoch milliseconds of the start of `2026/11/25/13`, undefined where there is no such hour. */
export function startOfHour(hour: string): number | undefined {
  const [year, month, day, hours] = hour.split("/");
  const text = `${year ?? ""}-${month ?? ""}-${day ?? ""}T${hours ?? ""}:00:00.000Z`;
  const at = new Date(text);
  // Date rolls 30 February over to March.
  return !Number.isNaN(at.getTime()) && at.toISOString() === text ? at.getTime() : undefined;
}

/** Heartbeat of an object's text: `{"at": "<ISO>"}`, never later than its landing, which also stands in for a bad one. */
export function heartbeatAt(text: string, landedAt: string): string {
  let at: Date;
  try {
    at = new Date(String((JSON.parse(text) as { at?: unknown } | null)?.at));
  } catch {
    return landedAt;
  }
  if (Number.isNaN(at.getTime())) return landedAt;
  const iso = at.toISOString();
  return iso < landedAt ? iso : landedAt;
}
