import { DEFAULT_SWEEP_GRACE_HOURS } from "../../components/defaults";
import type { ArchiveStorageClass } from "../../components/cold-tier";
import { trailGb } from "./audit-lines";
import { bucketsOf, type Bucket, type BucketRole } from "./buckets";
import { lineOf, num, type Line, type Model } from "./model";
import { DAYS } from "./schedule";

const PRICE_OF_CLASS: Readonly<Record<ArchiveStorageClass, string>> = {
  GLACIER_IR: "s3.glacierIr",
  GLACIER: "s3.glacier",
  DEEP_ARCHIVE: "s3.deepArchive",
};
/** Days without a read after which Intelligent-Tiering moves an object (S3 guide, "How S3 Intelligent-Tiering works"). */
const INFREQUENT_AFTER = 30;
const ARCHIVE_INSTANT_AFTER = 90;
/** Files are cut at 256 MB (glue-jobs/clickstream_jobs/spark_session.py). */
const GB_PER_FILE = 0.256;
/** S3A reads a file in ranges of about this size. */
const GB_PER_GET = 0.008;
/** How long a superseded folder stays current before the next run's sweep deletes it. */
const GRACE_DAYS = DEFAULT_SWEEP_GRACE_HOURS / 24;

/** Storage and requests of every bucket. */
export function storageLines(model: Model): Line[] {
  return [...bucketsOf(model.graph).flatMap((bucket) => linesOf(model, bucket)), ...requestLines(model)];
}

const LINES: Readonly<Record<BucketRole, (model: Model, bucket: Bucket) => Line[]>> = {
  raw: rawLines,
  silver: silverLines,
  gold: goldLines,
  artifacts: artifactLines,
  results: smallLines("query results", ({ volumes }) => volumes.queriesPerMonth * 0.001),
  queryLog: smallLines(
    "query log",
    ({ volumes, assumed }) => (volumes.queriesPerMonth * assumed.historyDays) / DAYS / 1e6,
  ),
  audit: auditBucketLines,
  accessLogs: smallLines("access logs", ({ volumes, assumed }) => volumes.rawGbPerDay * 90 * assumed.accessLogShare),
  other: smallLines("other objects", () => 1),
};

function linesOf(model: Model, bucket: Bucket): Line[] {
  return LINES[bucket.role](model, bucket);
}

function stored(model: Model, bucket: Bucket, what: string, price: string, gb: number, because: string): Line {
  return lineOf(model, "S3", `${bucket.node.name}: ${what}`, price, gb, because);
}

function smallLines(what: string, gb: (model: Model) => number): (model: Model, bucket: Bucket) => Line[] {
  return (model, bucket) => [stored(model, bucket, what, "s3.standard", gb(model), "an allowance")];
}

/** What is kept of something that grows by `gb` a day and of which whole dates age: one class, or three tiers by age. */
function aging(model: Model, bucket: Bucket, what: string, gb: number, objectsPerDay: number): Line[] {
  const { historyDays } = model.assumed;
  const days = Math.min(bucket.expireDays ?? Infinity, historyDays);
  // What expires becomes an old version, in the class that it was in.
  const old = bucket.expireDays !== undefined && bucket.expireDays <= historyDays ? gb * bucket.oldVersionDays : 0;
  const daily = `${num(gb)} GB a day`;
  if (!bucket.intelligentTiering) {
    const because = `${daily} × ${num(days)} days${old > 0 ? `, and ${num(bucket.oldVersionDays)} days as old versions` : ""}`;
    return [stored(model, bucket, what, "s3.standard", days * gb + old, because)];
  }
  const keep = (from: number, to: number): number => Math.max(0, Math.min(days, to) - from) * gb;
  const objects = objectsPerDay * days;
  const frequent = keep(0, INFREQUENT_AFTER);
  const infrequent = keep(INFREQUENT_AFTER, ARCHIVE_INSTANT_AFTER);
  const rest = keep(ARCHIVE_INSTANT_AFTER, Infinity) + old;
  const tail = `${daily}, age 90–${num(days)} days, and ${num(old / gb)} days as old versions`;
  return [
    stored(model, bucket, `${what}, frequent`, "s3.intelligent.frequent", frequent, `${daily}, age up to 30 days`),
    stored(model, bucket, `${what}, infrequent`, "s3.intelligent.infrequent", infrequent, `${daily}, age 30–90 days`),
    stored(model, bucket, `${what}, archive instant`, "s3.intelligent.archiveInstant", rest, tail),
    stored(model, bucket, "monitoring", "s3.intelligent.monitoring", objects / 1000, `${num(objects)} objects`),
    stored(
      model,
      bucket,
      "into Intelligent-Tiering",
      "s3.intelligent.transition",
      (objectsPerDay * DAYS) / 1000,
      "each object once",
    ),
  ];
}

function rawLines(model: Model, bucket: Bucket): Line[] {
  const { rawGbPerDay, rawObjectsPerMonth } = model.volumes;
  return aging(model, bucket, "raw JSON", rawGbPerDay, rawObjectsPerMonth / DAYS);
}

/** GB that are stored because a run replaced them: until the sweep, and as old versions after it. */
function replaced(model: Model, bucket: Bucket, what: string, gbPerRun: number): Line {
  const perDay = (gbPerRun * model.volumes.runsPerMonth) / DAYS;
  const days = GRACE_DAYS + bucket.oldVersionDays;
  const because = `${num(perDay)} GB a day written again × (${num(GRACE_DAYS)} day to the sweep + ${num(bucket.oldVersionDays)} days as old versions)`;
  return stored(model, bucket, what, "s3.standard", perDay * days, because);
}

function silverLines(model: Model, bucket: Bucket): Line[] {
  const { silverGbPerDay: gb, silverDatesPerRun, runsPerMonth } = model.volumes;
  // A lifecycle rule moves each file that is written, also those that the next run replaces.
  const written = (gb * Math.max(1, (silverDatesPerRun * runsPerMonth) / DAYS)) / GB_PER_FILE;
  return [
    ...aging(model, bucket, "events", gb, written),
    replaced(model, bucket, "replaced run folders", gb * silverDatesPerRun),
  ];
}

function goldLines(model: Model, bucket: Bucket): Line[] {
  const { factGbPerDay: gb, goldDatesPerRun, warmDays, archivedDays } = model.volumes;
  const { archiveStorageClass } = model.config;
  const { usersGb } = model.assumed;
  const facts = stored(
    model,
    bucket,
    "facts",
    "s3.standard",
    gb * warmDays,
    `${num(gb)} GB a date × ${num(warmDays)} dates`,
  );
  const archive = stored(
    model,
    bucket,
    "archive",
    PRICE_OF_CLASS[archiveStorageClass],
    gb * archivedDays,
    `${num(gb)} GB a date × ${num(archivedDays)} dates past the warm window`,
  );
  return [facts, archive, replaced(model, bucket, "replaced run folders", gb * goldDatesPerRun + usersGb)];
}

function artifactLines(model: Model, bucket: Bucket): Line[] {
  // Judged rows are staged as Parquet and deleted at the end of the run: they live on as old versions.
  const gb = model.volumes.silverGbPerDay * bucket.oldVersionDays;
  const because = `${num(model.volumes.silverGbPerDay)} GB a day staged by silver × ${num(bucket.oldVersionDays)} days as old versions`;
  return [stored(model, bucket, "staged rows, deleted", "s3.standard", gb, because)];
}

function auditBucketLines(model: Model, bucket: Bucket): Line[] {
  const days = Math.min(bucket.expireDays ?? Infinity, model.assumed.historyDays);
  const because = `${num(days)} days of records, gzip`;
  return [stored(model, bucket, "audit trail", "s3.standard", trailGb(model.volumes, days), because)];
}

function requestLines(model: Model): Line[] {
  const { runsPerMonth, silverGbPerDay, silverDatesPerRun, factGbPerDay, goldDatesPerRun, rawObjectsPerMonth } =
    model.volumes;
  const writtenGb = runsPerMonth * (silverGbPerDay * silverDatesPerRun + factGbPerDay * goldDatesPerRun);
  // Each written date was read by the merge, silver's are read by gold and both are counted once more.
  const readGb = 2 * writtenGb;
  const puts = rawObjectsPerMonth + writtenGb / GB_PER_FILE;
  const gets = rawObjectsPerMonth * 3 + readGb / GB_PER_GET;
  const fileText = `${num(writtenGb)} GB of files of ${num(GB_PER_FILE * 1000)} MB`;
  return [
    lineOf(model, "S3", "PUT requests", "s3.put", puts / 1000, `${num(rawObjectsPerMonth)} raw objects, ${fileText}`),
    lineOf(
      model,
      "S3",
      "GET requests",
      "s3.get",
      gets / 1000,
      `raw objects by three readers, ${num(readGb)} GB in ranges`,
    ),
  ];
}
