/** What one message of the alert queue asks for. */
export type QueueMessage =
  | { kind: "object"; bucket: string; key: string; versionId?: string; size?: number }
  | { kind: "event"; event: unknown; source: string; id: string }
  | { kind: "unknown"; reason: string };

function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

/**
 * Reads the body of a queue message: an EventBridge event that is either S3's "Object Created" or a `purchase` that a
 * producer put on the bus. Never throws.
 *
 * The object key is taken as it stands: S3's EventBridge events carry it unencoded, other than S3's own notifications,
 * and decoding would break keys that contain `%` or `+`.
 */
export function parseQueueMessage(body: string): QueueMessage {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return { kind: "unknown", reason: "the body is not JSON" };
  }
  const event = record(parsed);
  const detail = record(event.detail);
  const type = event["detail-type"];
  if (event.source === "aws.s3" && type === "Object Created") {
    const bucket = record(detail.bucket).name;
    const object = record(detail.object);
    const { key, size } = object;
    const versionId = object["version-id"];
    if (typeof bucket !== "string" || bucket === "" || typeof key !== "string" || key === "") {
      return { kind: "unknown", reason: "Object Created without bucket name or key" };
    }
    return {
      kind: "object",
      bucket,
      key,
      ...(typeof versionId === "string" && versionId !== "" ? { versionId } : {}),
      ...(typeof size === "number" ? { size } : {}),
    };
  }
  if (type === "purchase") {
    return {
      kind: "event",
      // The detail-type already says what it is; a producer need not say it again inside.
      event: { event_type: "purchase", ...detail },
      source: typeof event.source === "string" ? event.source : "unknown",
      id: typeof event.id === "string" ? event.id : "unknown",
    };
  }
  return { kind: "unknown", reason: `source ${String(event.source)}, detail-type ${String(type)}` };
}
