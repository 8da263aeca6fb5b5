import { setTimeout as sleep } from "node:timers/promises";
import type { GlueClient } from "@aws-sdk/client-glue";
import { RestoreObjectCommand, S3ServiceException, type S3Client } from "@aws-sdk/client-s3";
import { UserError } from "../errors";
import { archivedDates, objectState, placeOf, readManifest, type ArchiveManifest, type ObjectState } from "./archive";
import {
  instantReadCost,
  PRICES_OF,
  restoreCost,
  RETRIEVALS,
  type Retrieval,
  type RetrievalTier,
} from "./archive-prices";
import type { StackOutputs } from "./outputs";
import {
  registeredAt,
  registerRestored,
  RESTORED_TABLE,
  restoredPartitions,
  unregisterRestored,
} from "./restored-table";

/** SDK clients that a restore talks to. */
export interface RestoreServices {
  s3: S3Client;
  glue: GlueClient;
}
/** What a restore needs to know of the stack. */
export type RestorePlace = Pick<StackOutputs, "archivePath" | "goldDatabase">;

export interface RestoreRequest {
  /** `YYYY-MM-DD`. */
  date: string;
  /** How long the restored copies last, at least. */
  days: number;
  tier: RetrievalTier;
}

/** What is the case with a date after a call. */
export type RestoreStatus =
  | { kind: "ready"; manifest: ArchiveManifest; until?: Date; query: string }
  | { kind: "restoring"; manifest: ArchiveManifest; waiting: number };

/** How to tell somebody what is going to happen, before it does. */
export type Say = (line: string) => void;

// S3 ends a copy at a midnight, and the daily archive job takes a date out of the catalog up to a day before its copies
// end, so that no query meets a date half gone. One day more keeps the promise of `days`.
const MARGIN_DAYS = 1;
const POLL_MS = 60_000;

/**
 * Makes an archived date readable, as far as it can be done now: asks S3 for what is not there yet, registers the date
 * once every object can be read. A repeat asks for nothing twice and tells how far it is.
 *
 * @throws UserError for a date that is not archived or answers in fact_clicks, a tier that its class has not, or a
 * damaged archive.
 */
export async function restoreDate(
  services: RestoreServices,
  place: RestorePlace,
  request: RestoreRequest,
  say: Say,
): Promise<RestoreStatus> {
  const manifest = await manifestOf(services, place, request.date);
  const states = await statesOf(services.s3, manifest);
  if (states.every(({ state }) => state.kind === "readable")) return register(services, place, manifest, states, say);
  const asleep = states.filter(({ state }) => state.kind === "archived");
  if (asleep.length > 0) {
    announce(manifest, asleep, request, say);
    for (const { uri } of asleep) await ask(services.s3, uri, request);
  }
  const waiting = states.filter(({ state }) => state.kind !== "readable").length;
  return { kind: "restoring", manifest, waiting };
}

/** Repeats `restoreDate` every minute until the date is ready. */
export async function restoreAndWait(
  services: RestoreServices,
  place: RestorePlace,
  request: RestoreRequest,
  say: Say,
  { signal, pollMs = POLL_MS }: { signal?: AbortSignal; pollMs?: number } = {},
): Promise<RestoreStatus> {
  for (;;) {
    const status = await restoreDate(services, place, request, say);
    if (status.kind === "ready") return status;
    say(`${String(status.waiting)} of ${objects(status.manifest.files.length)} still on their way`);
    await sleep(pollMs, undefined, signal === undefined ? {} : { signal });
  }
}

async function manifestOf({ s3, glue }: RestoreServices, place: RestorePlace, date: string): Promise<ArchiveManifest> {
  const manifest = await readManifest(s3, place.archivePath, date);
  // Late events bring an archived date back to fact_clicks until the next archive run: the archive is out of date then.
  const warm = await registeredAt(glue, place.goldDatabase, "fact_clicks", date);
  if (warm !== undefined) {
    throw new UserError(
      `${date} is still warm: fact_clicks has it.`,
      `Ask fact_clicks: SELECT count(*) FROM ${place.goldDatabase}.fact_clicks WHERE event_date = DATE '${date}'`,
    );
  }
  if (manifest !== undefined) return manifest;
  const dates = await archivedDates(s3, place.archivePath);
  const range = dates.length === 0 ? "it is empty" : `it holds ${String(dates.length)} dates, ${ends(dates)}`;
  throw new UserError(`${date} is neither in fact_clicks nor in the archive (${range}).`, "Give an archived date.");
}

function ends(dates: string[]): string {
  return `${dates[0] ?? ""} to ${dates.at(-1) ?? ""}`;
}

interface Found {
  uri: string;
  bytes: number;
  state: ObjectState;
}

async function statesOf(s3: S3Client, manifest: ArchiveManifest): Promise<Found[]> {
  return Promise.all(
    manifest.files.map(async ({ uri, bytes }) => {
      const state = await objectState(s3, uri);
      if (state !== undefined) return { uri, bytes, state };
      throw new UserError(
        `${uri} is in the manifest of ${manifest.date} but not in the bucket.`,
        "Undelete it (the bucket keeps deleted versions for 30 days), or run silver_to_gold with bookmarks disabled.",
      );
    }),
  );
}

function announce(manifest: ArchiveManifest, asleep: readonly Found[], request: RestoreRequest, say: Say): void {
  const retrieval = retrievalOf(manifest, request.tier);
  const bytes = asleep.reduce((sum, { bytes: one }) => sum + one, 0);
  const cost = restoreCost(retrieval, asleep.length, bytes, request.days + MARGIN_DAYS);
  say(
    `${manifest.date}: ${objects(asleep.length)}, ${gigabytes(bytes)} of ${manifest.storage_class}, ` +
      `tier ${request.tier}: ready ${retrieval.time}.`,
  );
  say(
    `It costs about ${usd(cost.total)}: retrieval ${usd(cost.retrieval)}, requests ${usd(cost.requests)}, ` +
      `copies for ${String(request.days + MARGIN_DAYS)} days ${usd(cost.copies)} (us-east-1, ${PRICES_OF.date}).`,
  );
}

function retrievalOf(manifest: ArchiveManifest, tier: RetrievalTier): Retrieval {
  const { storage_class: storageClass } = manifest;
  // An object of Instant Retrieval is never asleep.
  const options = storageClass === "GLACIER_IR" ? {} : RETRIEVALS[storageClass];
  const retrieval = options[tier];
  if (retrieval !== undefined) return retrieval;
  throw new UserError(
    `${manifest.date} is in ${storageClass}, which S3 does not restore by the tier ${tier}.`,
    `Give --tier ${Object.keys(options).join(" or ")}.`,
  );
}

async function ask(s3: S3Client, uri: string, { days, tier }: RestoreRequest): Promise<void> {
  const restore = { Days: days + MARGIN_DAYS, GlacierJobParameters: { Tier: tier } };
  try {
    await s3.send(new RestoreObjectCommand({ ...placeOf(uri), RestoreRequest: restore }));
  } catch (error) {
    // Somebody else asked since the look at it: as good as ours.
    if (error instanceof S3ServiceException && error.name === "RestoreAlreadyInProgress") return;
    if (error instanceof S3ServiceException && error.name === "GlacierExpeditedRetrievalNotAvailable") {
      throw new UserError("S3 has no capacity for Expedited now.", "Try again later, or give --tier Standard.", {
        cause: error,
      });
    }
    throw error;
  }
}

async function register(
  { glue }: RestoreServices,
  place: RestorePlace,
  manifest: ArchiveManifest,
  states: readonly Found[],
  say: Say,
): Promise<RestoreStatus> {
  if (manifest.storage_class === "GLACIER_IR") {
    const bytes = states.reduce((sum, { bytes: one }) => sum + one, 0);
    say(`${manifest.date} is in GLACIER_IR: readable at once; a query pays up to ${usd(instantReadCost(bytes))}.`);
  }
  await registerRestored(glue, place.goldDatabase, manifest.date, manifest.location);
  const query = `SELECT count(*), sum(revenue) FROM ${place.goldDatabase}.${RESTORED_TABLE} WHERE event_date = DATE '${manifest.date}'`;
  const until = firstEnd(states.map(({ state }) => state));
  return { kind: "ready", manifest, query, ...(until === undefined ? {} : { until }) };
}

/** One restored date of the catalog. */
export interface RestoredDate {
  date: string;
  /** `ended`: the copies are gone or the date was archived anew; the date has left the catalog. */
  kind: "ready" | "ended";
  until?: Date;
}

/** Every restored date; those that cannot be read any more are taken out of the catalog and told as `ended`. */
export async function listRestored(services: RestoreServices, place: RestorePlace): Promise<RestoredDate[]> {
  const found: RestoredDate[] = [];
  for (const [date, location] of await restoredPartitions(services.glue, place.goldDatabase)) {
    const manifest = await readManifest(services.s3, place.archivePath, date);
    const states = await Promise.all((manifest?.files ?? []).map(({ uri }) => objectState(services.s3, uri)));
    if (manifest?.location === location && states.every((state) => state?.kind === "readable")) {
      const until = firstEnd(states);
      found.push({ date, kind: "ready", ...(until === undefined ? {} : { until }) });
      continue;
    }
    await unregisterRestored(services.glue, place.goldDatabase, date);
    found.push({ date, kind: "ended" });
  }
  return found.sort((one, other) => one.date.localeCompare(other.date));
}

function firstEnd(states: readonly (ObjectState | undefined)[]): Date | undefined {
  const ends = states.flatMap((state) => (state?.kind === "readable" && state.until ? [state.until.getTime()] : []));
  return ends.length === 0 ? undefined : new Date(Math.min(...ends));
}

function objects(count: number): string {
  return `${String(count)} ${count === 1 ? "object" : "objects"}`;
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1024 ** 3).toFixed(bytes < 1024 ** 3 ? 3 : 1)} GB`;
}

function usd(amount: number): string {
  return `$${amount.toFixed(amount < 0.1 ? 4 : 2)}`;
}
