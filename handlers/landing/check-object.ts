import { describeError, logLine } from "../log";
import type { OpenObject } from "../scan-object";
import { driftId, driftTitle, type Drift } from "./drift-record";
import { NO_HOUR, type DriftStore, type OpenDrifts } from "./drift-store";
import { findDrifts, type Judge } from "./find-drifts";
import type { HoldStore } from "./hold-store";
import { heartbeatAt, hourOfKey, type LandedObject } from "./landed-object";
import type { LandingStore } from "./landing-store";
import { sampleObject } from "./sample-object";

/** What the check of an object needs. */
export interface CheckDependencies {
  eventsPrefix: string;
  judge: Judge;
  open: OpenObject;
  store: LandingStore;
  drifts: DriftStore;
  holds: HoldStore;
  /** Puts the two metrics of open drifts. @param at ISO 8601 */
  putOpenDrifts: (counts: OpenDrifts, at: string) => Promise<void>;
  /** False when the reading of an object has to end. */
  mayGoOn: () => boolean;
}

/** How the check of one object ended. ISO 8601. */
export interface Checked {
  /** Absent where the object was no event file, or is gone. */
  newestLanding?: string;
  newestEvent?: string;
}

type Landed<Kind extends LandedObject["kind"]> = Extract<LandedObject, { kind: Kind }>;

/** Heartbeats are a few bytes; what is longer is none. */
const MAX_HEARTBEAT_BYTES = 64 * 1024;

/** Records a producer's heartbeat. Throws what a retry can mend. */
export async function recordHeartbeat(object: Landed<"heartbeat">, deps: CheckDependencies): Promise<void> {
  const { bucket, key, versionId, landedAt, producer } = object;
  const body = await deps.open(bucket, key, versionId);
  // Gone already: the next heartbeat took its place. No erasure writes heartbeats.
  if (body === undefined || body === "rewritten") return;
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    parts.push(Buffer.from(chunk));
    if (bytes > MAX_HEARTBEAT_BYTES) break;
  }
  await deps.store.moveHeartbeat(producer, heartbeatAt(Buffer.concat(parts).toString("utf8"), landedAt));
}

/**
 * Checks one file of events: samples and judges its lines, records its drifts, holds its hour where one is breaking,
 * counts it once. Safe to repeat. Throws what a retry can mend.
 */
export async function checkObject(object: Landed<"events">, deps: CheckDependencies): Promise<Checked> {
  const { bucket, key, versionId, landedAt } = object;
  const body = await deps.open(bucket, key, versionId);
  if (body === undefined) {
    logLine("warn", "object is gone; nothing to check", { bucket, key, versionId });
    return {};
  }
  if (body === "rewritten") {
    logLine("info", "object was written again by an erasure; it has been checked", { bucket, key, versionId });
    return {};
  }
  const sample = await sampleObject(body, deps.mayGoOn);
  const hour = hourOfKey(key, deps.eventsPrefix);
  const found = findDrifts(sample, hour, deps.judge);
  const at = { hour: hour ?? NO_HOUR, key, landedAt };

  const ids: string[] = [];
  let undecided = 0;
  for (const drift of found.drifts) {
    ids.push(driftId(drift));
    if ((await recordDrift(drift, at, deps)) !== "decided") undecided += 1;
  }
  if (undecided > 0) await deps.putOpenDrifts(await deps.drifts.countOpen(), landedAt);
  const counted = await deps.store.countOnce(object, ids);

  const { lines, unparsable, dropped, newestEvent } = found;
  const { bytes, packing, partial, damage } = sample;
  const summary = { key, bytes, packing, partial, damage, lines, unparsable, drifts: ids, dropped, counted };
  logLine(undecided > 0 || dropped > 0 ? "warn" : "info", "object checked", summary);
  const landing = Date.parse(landedAt);
  return {
    newestLanding: landedAt,
    ...(newestEvent === undefined ? {} : { newestEvent: new Date(Math.min(newestEvent, landing)).toISOString() }),
  };
}

async function recordDrift(
  drift: Drift,
  at: { hour: string; key: string; landedAt: string },
  deps: CheckDependencies,
): Promise<"open" | "again" | "decided"> {
  const id = driftId(drift);
  const step = await deps.drifts.record(drift, at);
  if (step === "decided") return step;
  const { severity, lines, of } = drift;
  const fields = { id, severity, title: driftTitle(drift), hour: at.hour, key: at.key, lines, of };
  if (step === "open") logLine(severity === "breaking" ? "error" : "warn", "drift opened", fields);
  if (severity !== "breaking" || at.hour === NO_HOUR) return step;
  await deps.holds.hold(at.hour, { drift: id, since: at.landedAt });
  // Whoever decided between record and hold did not see this hold, so it is this function's to take back.
  const now = await deps.drifts.read(id);
  if (now?.state === "open") return step;
  await deps.holds.takeBack(at.hour, id);
  return "decided";
}

/** The later of two instants, either of which may be absent. */
export function later(left: string | undefined, right: string | undefined): string | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  return left > right ? left : right;
}

/** Text of a failure for the log. */
export function failureOf(key: string, error: unknown): string {
  return `${key}: ${describeError(error)}`;
}
