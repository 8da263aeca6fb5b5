import { GetItemCommand, QueryCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { DeleteObjectCommand, paginateListObjectsV2, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { DEFAULT_SCHEMAS_DIRECTORY, fieldsOf, readSchemaVersions } from "../../components/event-schemas";
import { readDriftItem, type DriftRecord } from "../../handlers/landing/drift-record";
import { hourFile, hourOfFile, HOLDS, MAPPINGS, RELEASED, type Hold, type Mapping } from "../../handlers/landing/holds";
import { isRefused, queryDrifts } from "../../handlers/landing/landing-store";
import { HEARTBEATS_PREFIX, PRODUCER_PATTERN } from "../../handlers/landing/landed-object";
import { STATE } from "../../handlers/operations/state";
import { UserError } from "../errors";
import type { AwsClients } from "./clients";
import { objectText } from "./object-text";
import { operationsTableOf } from "./operations-table";
import type { StackOutputs } from "./outputs";

/** The outputs that drift needs. */
export type DriftOutputs = Pick<StackOutputs, "pipelineName" | "statePath" | "operationsTable">;
type DriftClients = Pick<AwsClients, "s3" | "dynamodb">;

/** An hour that silver leaves alone. */
export interface HeldHour extends Hold {
  /** `2026/11/25/13` */
  hour: string;
}

/** What was done about a drift. */
export interface Decision {
  drift: DriftRecord;
  decision: "accepted" | "rejected";
  mapping?: Mapping;
  /** Hours that silver may read again. */
  released: string[];
  /** Hours that another open drift still holds. */
  stillHeld: string[];
}

/** A hold older than this is pointed out, in days: the raw events expire some day, silver's late window sooner. */
export const OLD_HOLD_DAYS = 3;

/** All drifts, open ones first, then the newest. */
export async function listDrifts(clients: DriftClients, outputs: DriftOutputs): Promise<DriftRecord[]> {
  const items = await queryDrifts(clients.dynamodb, { QueryCommand }, operationsTableOf(outputs));
  const rank = ({ state }: DriftRecord): number => (state === "open" ? 0 : 1);
  return items
    .map(readDriftItem)
    .sort((left, right) => rank(left) - rank(right) || right.lastSeen.localeCompare(left.lastSeen));
}

/** One drift. @throws UserError where there is none of this id */
export async function findDrift(clients: DriftClients, outputs: DriftOutputs, id: string): Promise<DriftRecord> {
  const key = { pk: { S: STATE.drift }, sk: { S: id } };
  const { Item } = await clients.dynamodb.send(
    new GetItemCommand({ TableName: operationsTableOf(outputs), Key: key, ConsistentRead: true }),
  );
  if (Item !== undefined) return readDriftItem(Item);
  throw new UserError(
    `There is no drift "${id}" in ${outputs.pipelineName}.`,
    "List what there is: npm run cli -- drift list",
  );
}

/** All hours that are held, oldest hold first. A hold stays until somebody decides, however old it is. */
export async function listHolds(s3: S3Client, statePath: string): Promise<HeldHour[]> {
  const { bucket, prefix } = placeOf(statePath);
  const held: HeldHour[] = [];
  for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: `${prefix}${HOLDS}` })) {
    for (const { Key } of page.Contents ?? []) {
      const hour = hourOfFile(Key ?? "");
      if (hour === undefined) continue;
      held.push({ hour, ...(JSON.parse(await objectText(s3, { Bucket: bucket, Key })) as Hold) });
    }
  }
  return held.sort((left, right) => left.since.localeCompare(right.since) || left.hour.localeCompare(right.hour));
}

/** Parses `--map FROM=TO`. @throws UserError where it has another form, or names a field that the schema does not know */
export function parseMapping(text: string, known: readonly string[]): { from: string; to: string } {
  const found = /^([A-Za-z_$][\w$-]*(?:\.[A-Za-z_$][\w$-]*)?)=([A-Za-z_$][\w$-]*(?:\.[A-Za-z_$][\w$-]*)?)$/.exec(text);
  const [from, to] = [found?.[1], found?.[2]];
  if (from === undefined || to === undefined) {
    throw new UserError(`"${text}" is no mapping.`, "Write FROM=TO with dotted paths, for example uid=user_id.");
  }
  if (!known.includes(to)) {
    throw new UserError(
      `The schema knows no field "${to}" to map to.`,
      `Map to one of ${known.join(", ")}; or add the field to a new version in schemas/events and deploy.`,
    );
  }
  if (known.includes(from)) {
    throw new UserError(
      `"${from}" is a field of the schema itself, so it cannot stand in for "${to}".`,
      "Give the name that the producer uses now before the equals sign.",
    );
  }
  return { from, to };
}

/** Fields of the schema's version (the default's for an unknown one) that can be mapped to: those that hold a value. */
export function mappableFields(schemaVersion: string): string[] {
  const { versions, defaultVersion } = readSchemaVersions(DEFAULT_SCHEMAS_DIRECTORY);
  const found =
    versions.find(({ version }) => version === schemaVersion) ??
    versions.find(({ version }) => version === defaultVersion);
  return fieldsOf(found?.schema ?? {})
    .filter(({ types }) => !types.includes("object"))
    .map(({ path }) => path);
}

/** Who and when, and what to do with the field. */
export interface DecisionRequest {
  id: string;
  decision: "accepted" | "rejected";
  /** Of `accept`; without it the drift's own suggestion counts. */
  map?: string;
  now: Date;
  by: string;
}

/**
 * Decides on a drift: writes the mapping, marks the record, tells silver to read the hours once more, lets go of them.
 * A call that was interrupted is finished by the same call again.
 * @throws UserError for an unknown id, an unknown field, or a drift that is decided already
 */
export async function decideDrift(
  clients: DriftClients,
  outputs: DriftOutputs,
  request: DecisionRequest,
): Promise<Decision> {
  const { id, decision, now } = request;
  const before = await findDrift(clients, outputs, id);
  const wanted = mappingOf(before, request);
  const heldBefore = await listHolds(clients.s3, outputs.statePath);
  if (before.state !== "open") {
    const unfinished = heldBefore.some(({ hour, drift }) => drift === id && before.hours.includes(hour));
    if (before.state !== decision || !unfinished) {
      throw new UserError(
        `The drift ${id} is ${before.state} already (${before.decidedAt ?? "unknown time"}).`,
        "A decision stands. A rejected drift opens again when another hour shows it; npm run cli -- drift list",
      );
    }
  }
  // Before the record: once it is decided the landing check holds no hour for it, and needs the mapping.
  if (wanted !== undefined) await putJson(clients.s3, outputs.statePath, `${MAPPINGS}${id}.json`, wanted);
  const drift = before.state === "open" ? await mark(clients, outputs, request) : before;
  const released: string[] = [];
  const stillHeld: string[] = [];
  const others = (await listDrifts(clients, outputs)).filter(
    (other) => other.id !== id && other.state === "open" && other.severity === "breaking",
  );
  for (const { hour, since } of await listHolds(clients.s3, outputs.statePath)) {
    if (!drift.hours.includes(hour)) continue;
    const other = others.find(({ hours }) => hours.includes(hour));
    if (other !== undefined) {
      await putJson(clients.s3, outputs.statePath, `${HOLDS}${hourFile(hour)}`, { drift: other.id, since });
      stillHeld.push(hour);
      continue;
    }
    // The marker first: an hour without both would miss the files that the job's bookmark has passed.
    const marker = { drift: id, decision, at: now.toISOString() };
    await putJson(clients.s3, outputs.statePath, `${RELEASED}${hourFile(hour)}`, marker);
    const { bucket, prefix } = placeOf(outputs.statePath);
    await clients.s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: `${prefix}${HOLDS}${hourFile(hour)}` }));
    released.push(hour);
  }
  return { drift, decision, ...(wanted === undefined ? {} : { mapping: wanted }), released, stillHeld };
}

function mappingOf(drift: DriftRecord, request: DecisionRequest): Mapping | undefined {
  const { id, decision, map, now, by } = request;
  if (decision === "rejected") return undefined;
  const pair = map === undefined ? drift.suggestion : parseMapping(map, mappableFields(drift.schemaVersion));
  return pair === undefined ? undefined : { id, from: pair.from, to: pair.to, since: now.toISOString(), by };
}

async function mark(clients: DriftClients, outputs: DriftOutputs, request: DecisionRequest): Promise<DriftRecord> {
  const { id, decision, now } = request;
  try {
    const { Attributes } = await clients.dynamodb.send(
      new UpdateItemCommand({
        TableName: operationsTableOf(outputs),
        Key: { pk: { S: STATE.drift }, sk: { S: id } },
        UpdateExpression: "SET #state = :decision, decidedAt = :at",
        ConditionExpression: "#state = :open",
        ExpressionAttributeNames: { "#state": "state" },
        ExpressionAttributeValues: {
          ":decision": { S: decision },
          ":open": { S: "open" },
          ":at": { S: now.toISOString() },
        },
        ReturnValues: "ALL_NEW",
      }),
    );
    return readDriftItem(Attributes ?? {});
  } catch (cause) {
    if (!isRefused(cause)) throw cause;
    throw new UserError(
      `Somebody else decided on the drift ${id} at this moment.`,
      `See what was decided: npm run cli -- drift show ${id}`,
      { cause },
    );
  }
}

/** Lands a producer's heartbeat: all its events before `at` have landed. @returns its key */
export async function landHeartbeat(s3: S3Client, rawBucket: string, producer: string, at: Date): Promise<string> {
  if (!PRODUCER_PATTERN.test(producer)) {
    throw new UserError(
      `"${producer}" is no name of a producer.`,
      "Use up to 64 letters, digits, dots, underscores and hyphens, a letter or digit first.",
    );
  }
  const Key = `${HEARTBEATS_PREFIX}${producer}.json`;
  const Body = JSON.stringify({ at: at.toISOString() });
  await s3.send(new PutObjectCommand({ Bucket: rawBucket, Key, Body, ContentType: "application/json" }));
  return Key;
}

function placeOf(statePath: string): { bucket: string; prefix: string } {
  const at = new URL(statePath);
  return { bucket: at.host, prefix: at.pathname.slice(1) };
}

async function putJson(s3: S3Client, statePath: string, key: string, value: object): Promise<void> {
  const { bucket, prefix } = placeOf(statePath);
  const object = { Bucket: bucket, Key: `${prefix}${key}`, Body: JSON.stringify(value) };
  await s3.send(new PutObjectCommand({ ...object, ContentType: "application/json" }));
}
