import { existsSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { Document } from "yaml";
import { ConfigError, NAMESPACE, parseConfig, REGION_KEY } from "../../config";
import { UserError } from "../errors";
import { checkStackName, EPHEMERAL_PREFIX } from "../stack/stack-name";
import { PROJECT_ROOT } from "../stack/workspace";

/** What `cli team add` asks of a team's stack. */
export interface TeamOptions {
  /** Stack's name, and the team's where `team` is not given. */
  name: string;
  /** On every tag, metric and alert. @default the name */
  team?: string;
  environment: "dev" | "staging" | "prod";
  region: string;
  /** US dollars a month at which the budget warns. */
  budget: number;
  /** GB at which an ad hoc query is cancelled. */
  scanLimit: number;
  /** GB at which a query of the BI workgroup is cancelled. */
  biScanLimit: number;
  /** When the jobs run; without it they run when somebody starts them. */
  schedule?: string;
  /** Full name of the stack whose gold the team reads. @default the team has a lake of its own */
  lakeOf?: string;
  /** Stacks that read the gold of this one. @default none */
  lakeReader?: readonly string[];
  /** Person or group that answers for the stack: tag `owner`. */
  owner?: string;
  /** Further tags. */
  tags: Readonly<Record<string, string>>;
}

type ConfigValue = string | number | boolean | Readonly<Record<string, string>> | readonly string[];

/** Path of a stack's file. */
export function stackFile(name: string, root: string = PROJECT_ROOT): string {
  return path.join(root, `Pulumi.${name}.yaml`);
}

/**
 * Config of a team's stack by full key, checked as the program checks it.
 * @throws UserError that names every wrong value by the option that sets it
 */
export function teamConfig(options: TeamOptions): Record<string, ConfigValue> {
  const production = options.environment === "prod";
  const tags = { ...options.tags, ...(options.owner === undefined ? {} : { owner: options.owner }) };
  const own: Record<string, ConfigValue> = {
    team: options.team ?? options.name,
    environment: options.environment,
    // The only copy of the data stays where the stack is production.
    deleteData: !production,
    allowDelete: !production,
    monthlyBudgetUsd: options.budget,
    athenaScanCutoffGb: options.scanLimit,
    biScanCutoffGb: options.biScanLimit,
    ...lakeConfig(options),
    ...(Object.keys(tags).length === 0 ? {} : { tags }),
  };
  const config = Object.fromEntries(Object.entries(own).map(([key, value]) => [`${NAMESPACE}:${key}`, value]));
  const full = { [REGION_KEY]: options.region, ...config };
  checkConfig(full);
  return full;
}

/** What a team with a lake of its own says of it, or whose lake it reads. @throws UserError where the options do not fit */
function lakeConfig({ schedule, lakeOf, lakeReader = [] }: TeamOptions): Record<string, ConfigValue> {
  if (lakeOf === undefined) {
    return {
      glueScheduleEnabled: schedule !== undefined,
      ...(schedule === undefined ? {} : { glueSchedule: schedule }),
      ...(lakeReader.length === 0 ? {} : { lakeReaders: lakeReader }),
    };
  }
  if (schedule === undefined && lakeReader.length === 0) return { lakeStack: lakeOf };
  throw new UserError(
    `--lake-of ${lakeOf} goes with ${schedule === undefined ? "no --lake-reader" : "no --schedule"}: the lake and its jobs are that stack's.`,
    "Leave one of both out.",
  );
}

/** Which option sets a key. */
const OPTION: Readonly<Record<string, string>> = {
  team: "--team",
  environment: "--environment",
  monthlyBudgetUsd: "--budget",
  athenaScanCutoffGb: "--scan-limit",
  biScanCutoffGb: "--bi-scan-limit",
  glueSchedule: "--schedule",
  lakeStack: "--lake-of",
  lakeReaders: "--lake-reader",
  tags: "--owner and --tag",
};

function checkConfig(config: Readonly<Record<string, ConfigValue>>): void {
  const texts = Object.entries(config).map(([key, value]): [string, string] => [
    key,
    typeof value === "object" ? JSON.stringify(value) : String(value),
  ]);
  try {
    parseConfig(Object.fromEntries(texts));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const wrong = error.problems.map(({ key, value, rule }) => {
      const option = key === REGION_KEY ? "--region" : (OPTION[key.slice(NAMESPACE.length + 1)] ?? key);
      return `  ${option}: ${JSON.stringify(value)} ${rule}`;
    });
    throw new UserError(`No file is written, because these would be refused:\n${wrong.join("\n")}`, "Give others.", {
      cause: error,
    });
  }
}

/** @throws UserError for a name that no team's stack can have, or that one has */
export function checkTeamName(name: string, root: string = PROJECT_ROOT): void {
  checkStackName(name);
  const rule = name.startsWith(EPHEMERAL_PREFIX)
    ? `begins with "${EPHEMERAL_PREFIX}" like throw-away stacks, which a sweep removes`
    : name.endsWith("-") || name.includes("--")
      ? 'ends with "-" or holds "--", which no pipeline\'s name may'
      : undefined;
  if (rule !== undefined) throw new UserError(`The name "${name}" ${rule}.`, "Choose another name.");
  if (!existsSync(stackFile(name, root))) return;
  throw new UserError(
    `There is a Pulumi.${name}.yaml already.`,
    `Change that file, and check it with: npm run cli -- team check ${name}`,
  );
}

/** Text of the stack's file. */
export function teamFileText(options: TeamOptions): string {
  const document = new Document({ config: teamConfig(options) });
  const kept = options.environment === "prod" ? "destroy keeps buckets, keys, catalog and secrets" : "deletable";
  const lake = options.lakeOf === undefined ? "" : ` It reads the lake of ${options.lakeOf}.`;
  document.commentBefore = ` Stack of the team ${options.team ?? options.name}: ${kept}.${lake} Pulumi.yaml describes every key.`;
  return document.toString({ lineWidth: 0 });
}

/**
 * Writes Pulumi.<name>.yaml, then does what belongs to it; no file stays where that fails. @returns its path
 *
 * @param finish for what goes into the file afterwards, encrypted
 */
export async function addTeam(
  options: TeamOptions,
  finish: () => Promise<void> = () => Promise.resolve(),
  root: string = PROJECT_ROOT,
): Promise<string> {
  checkTeamName(options.name, root);
  const file = stackFile(options.name, root);
  // Exclusive: of two commands at the same moment one wins.
  await writeFile(file, teamFileText(options), { flag: "wx" });
  try {
    await finish();
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  }
  return file;
}
