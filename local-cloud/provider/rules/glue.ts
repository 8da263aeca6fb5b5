/**
 * Glue and Athena. AWS pages: "Jobs" (Glue API: worker types, execution class, timeout), "Triggers" (Glue API),
 * "Time-based schedules for jobs and crawlers", "Tables" (Glue API), "Set up partition projection", "Supported types for
 * partition projection"; "WorkGroupConfiguration", "ResultConfiguration", "CreateNamedQuery" (Athena).
 */
import { type Props, text } from "../mapping";
import {
  between,
  bytes,
  type Check,
  inspect,
  list,
  matches,
  oneOf,
  onlyOne,
  type Problems,
  type Rules,
  where,
  within,
} from "./check";
import { cronProblems } from "./events";
import { isHiveType } from "./hive-types";

/** The first Glue version that has a kind of worker; other kinds have no such bound. */
const WORKERS: Readonly<Record<string, number>> = {
  "G.1X": 0.9,
  "G.2X": 0.9,
  "G.4X": 3,
  "G.8X": 3,
  "G.025X": 3,
  Standard: 0,
  "Z.2X": 4,
};
const version = (job: Props): number => Number(job["GlueVersion"] ?? "5.1");
const command = (job: Props): string => text((job["Command"] as Props | undefined)?.["Name"]) || "glueetl";

const JOB: readonly Check[] = [
  between("Timeout", 1, 10_080),
  between("MaxRetries", 0, 10),
  between("ExecutionProperty.MaxConcurrentRuns", 1, 1000),
  oneOf("GlueVersion", ["0.9", "1.0", "2.0", "3.0", "4.0", "5.0", "5.1", "6.0"]),
  where("WorkerType", "is not offered by this Glue version", (type, job) => {
    const first = WORKERS[String(type)];
    return first === undefined || version(job) >= first;
  }),
  where(
    "WorkerType",
    "needs its command: gluestreaming for G.025X, glueray for Z.2X",
    (type, job) =>
      (type !== "G.025X" || command(job) === "gluestreaming") && (type === "Z.2X") === (command(job) === "glueray"),
  ),
  where("WorkerType", "must come with NumberOfWorkers", (_, { NumberOfWorkers }) => NumberOfWorkers !== undefined),
  where(
    "NumberOfWorkers",
    "must be at least 2: a driver and an executor",
    (workers, { WorkerType }) => Number(workers) >= 2 || WorkerType === "Z.2X",
  ),
  where(
    "MaxCapacity",
    "is not possible with WorkerType and NumberOfWorkers, nor for Spark on Glue 2.0 or later",
    (_, job) =>
      job["WorkerType"] === undefined &&
      job["NumberOfWorkers"] === undefined &&
      (command(job) === "pythonshell" || version(job) < 2),
  ),
  where(
    "ExecutionClass",
    "FLEX is for glueetl on Glue 3.0 or later, with G.1X or G.2X",
    (value, job) =>
      value !== "FLEX" ||
      (command(job) === "glueetl" &&
        version(job) >= 3 &&
        ["undefined", "G.1X", "G.2X"].includes(String(job["WorkerType"]))),
  ),
  oneOf("Command.Name", ["glueetl", "pythonshell", "gluestreaming", "glueray"]),
  matches("Command.ScriptLocation", "must be an s3:// path", /^s3:\/\/[^/]+\/.+$/),
  where("DefaultArguments", "must have names that begin with --", (given) =>
    Object.keys(given as object).every((name) => name.startsWith("--")),
  ),
];

/** The states that a trigger can listen for. */
const STATES = ["SUCCEEDED", "STOPPED", "FAILED", "TIMEOUT"];

const TRIGGER: readonly Check[] = [
  inspect("Schedule", (value) => cronProblems(String(value))),
  onlyOne("Predicate.Conditions.*", ["JobName", "CrawlerName"], true),
  oneOf("Predicate.Conditions.*.State", STATES),
  where("Predicate.Conditions.*", "must have a state of its job, or a crawl state of its crawler", (condition) => {
    const { JobName, State, CrawlState } = condition as Props;
    return JobName === undefined ? CrawlState !== undefined : State !== undefined;
  }),
  where("Predicate", "must say AND or ANY in Logical with more than one condition", (predicate) => {
    const { Conditions, Logical } = predicate as Props;
    return list(Conditions).length > 0 && (list(Conditions).length === 1 || Logical !== undefined);
  }),
  where(
    "Actions",
    "must have at least one action, each a job's or a crawler's",
    (actions) =>
      list(actions).length > 0 &&
      (actions as Props[]).every(({ JobName, CrawlerName }) => (JobName === undefined) !== (CrawlerName === undefined)),
  ),
];

const lowerCase = (path: string, what: string): Check =>
  matches(path, `must be a ${what} name in lower case, without slashes`, /^[^A-Z/\n\r]{1,255}$/);

const COLUMN: readonly Check[] = [
  lowerCase("Name", "column"),
  where("Type", "must be a Hive type", (type) => isHiveType(String(type))),
];

const isDate = (text: string): boolean =>
  /^NOW([+-]\d+(YEARS?|MONTHS?|WEEKS?|DAYS?|HOURS?|MINUTES?|SECONDS?))*$|^\d{4}/.test(text.replaceAll(/\s/g, ""));

/** One projected column; `of` reads its settings. */
function* projectionProblems(name: string, of: (setting: string) => string | undefined): Problems {
  const type = of("type");
  const [first = "", last = "", ...more] =
    of("range")
      ?.split(",")
      .map((end) => end.trim()) ?? [];
  if (!["enum", "integer", "date", "injected"].includes(type ?? ""))
    yield `projection.${name}.type must be enum, integer, date or injected`;
  if (type === "enum" && !of("values")) yield `projection.${name}.values must list the values`;
  if (
    type === "integer" &&
    (more.length > 0 || !/^-?\d+$/.test(first) || !/^-?\d+$/.test(last) || Number(first) > Number(last))
  )
    yield `projection.${name}.range must be two whole numbers, the lower first`;
  if (type === "integer" && !/^\d*$/.test(of("digits") ?? "")) yield `projection.${name}.digits must be a whole number`;
  if (type === "date" && (more.length > 0 || !isDate(first) || !isDate(last)))
    yield `projection.${name}.range must be two dates or NOW with an offset`;
  if (type === "date" && !of("format")) yield `projection.${name}.format must be a date format`;
  const interval = of("interval");
  if (interval !== undefined && !/^[1-9]\d*$/.test(interval))
    yield `projection.${name}.interval must be a whole number from 1`;
}

function* tableProblems(value: unknown): Problems {
  const table = value as Props;
  const names = (columns: unknown): string[] => (list(columns) as Props[]).map(({ Name }) => String(Name));
  const keys = names(table["PartitionKeys"]);
  const all = [...names((table["StorageDescriptor"] as Props | undefined)?.["Columns"]), ...keys];
  if (new Set(all).size !== all.length) yield "must not name two columns or partition keys alike";
  const parameters = (table["Parameters"] ?? {}) as Record<string, string>;
  if (parameters["projection.enabled"]?.toLowerCase() !== "true") return;
  for (const key of keys) yield* projectionProblems(key, (setting) => parameters[`projection.${key}.${setting}`]);
  const projected = Object.keys(parameters).flatMap((name) => /^projection\.(.+)\.type$/.exec(name)?.[1] ?? []);
  for (const name of projected) if (!keys.includes(name)) yield `projection.${name}.type is for no partition key`;
  const template = parameters["storage.location.template"];
  if (template === undefined) return;
  if (!/^s3:\/\/[^/]+\/.*$/.test(template)) yield "storage.location.template must be an s3:// path";
  for (const key of keys) if (!template.includes(`\${${key}}`)) yield `storage.location.template must hold \${${key}}`;
}

const TABLE: readonly Check[] = [
  lowerCase("Name", "table"),
  within("StorageDescriptor.Columns.*", COLUMN),
  within("PartitionKeys.*", COLUMN),
  inspect("", tableProblems),
];

const DATABASE: readonly Check[] = [lowerCase("DatabaseInput.Name", "database")];

/** A form of encryption that needs a key, and one that has none. */
const keyed = (path: string, mode: string, key: string): Check =>
  where(path, `must have ${key} when, and only when, ${mode} names KMS`, (value) => {
    const settings = value as Props;
    return /KMS/.test(String(settings[mode])) === (settings[key] !== undefined);
  });

export const glueRules: Rules = {
  CreateJob: JOB,
  UpdateJob: [within("JobUpdate", JOB)],
  CreateTrigger: [
    ...TRIGGER,
    where("Schedule", "is for triggers of type SCHEDULED", (_, { Type }) => Type === "SCHEDULED"),
    where("Predicate", "is for triggers of type CONDITIONAL", (_, { Type }) => Type === "CONDITIONAL"),
    where(
      "Type",
      "SCHEDULED needs a Schedule, CONDITIONAL a Predicate",
      (type, { Schedule, Predicate }) =>
        (type !== "SCHEDULED" || Schedule !== undefined) && (type !== "CONDITIONAL" || Predicate !== undefined),
    ),
    where(
      "StartOnCreation",
      "is not possible for ON_DEMAND",
      (start, { Type }) => start !== true || Type !== "ON_DEMAND",
    ),
  ],
  UpdateTrigger: [within("TriggerUpdate", TRIGGER)],
  CreateDatabase: DATABASE,
  UpdateDatabase: DATABASE,
  CreateTable: [within("TableInput", TABLE)],
  UpdateTable: [within("TableInput", TABLE)],
  CreateSecurityConfiguration: [
    keyed("EncryptionConfiguration.S3Encryption.*", "S3EncryptionMode", "KmsKeyArn"),
    keyed("EncryptionConfiguration.CloudWatchEncryption", "CloudWatchEncryptionMode", "KmsKeyArn"),
    keyed("EncryptionConfiguration.JobBookmarksEncryption", "JobBookmarksEncryptionMode", "KmsKeyArn"),
  ],
};

const RESULTS: readonly Check[] = [
  matches("OutputLocation", "must be an s3:// path", /^s3:\/\/[^/]+(\/.*)?$/),
  keyed("EncryptionConfiguration", "EncryptionOption", "KmsKey"),
];

export const athenaRules: Rules = {
  CreateWorkGroup: [within("Configuration.ResultConfiguration", RESULTS)],
  UpdateWorkGroup: [within("ConfigurationUpdates.ResultConfigurationUpdates", RESULTS)],
  CreateNamedQuery: [
    where("QueryString", "must have 1 to 262,144 bytes", (query) => bytes(query) >= 1 && bytes(query) <= 262_144),
  ],
};
