import * as pulumi from "@pulumi/pulumi";
import { closest, distance } from "fastest-levenshtein";
import type { z } from "zod";
import { DEFAULT_WARM_UNTIL } from "./components/defaults";
import { toDays } from "./components/duration";
import { FLEX_WORKER_TYPES } from "./components/glue-job";
import { MAX_NODES } from "./components/warehouse/settings";
import { lakeContradictions } from "./config-lake";
import { CONFIG_KEYS, KEYS, type ConfigKey, type KeySpec } from "./config-schema";

/** Namespace of every key but the region's. */
export const NAMESPACE = "clickstream";
/** Key of the region; the AWS provider reads the same one. */
export const REGION_KEY = "aws:region";

/** Checked values of every key; secrets are still plain here. */
export type PlainConfig = { region: string } & { [K in ConfigKey]: z.output<(typeof KEYS)[K]["schema"]> };
/** Checked values of every key, secrets wrapped so that they stay encrypted in the state. */
export type PipelineConfig = Omit<PlainConfig, "pagerEndpoint" | "slackWebhook"> & {
  pagerEndpoint?: pulumi.Output<string>;
  slackWebhook?: pulumi.Output<string>;
};

/** One key that cannot be used. */
export interface ConfigProblem {
  /** With its namespace. */
  key: string;
  /** As given; masked if secret, absent if the key is. */
  value?: string;
  rule: string;
  /** Command that puts it right. */
  fix: string;
}

/** Every key that cannot be used, in one message. A `RunError`, so that `pulumi up` prints it without a stack trace. */
export class ConfigError extends pulumi.RunError {
  override readonly name = "ConfigError";
  constructor(readonly problems: readonly ConfigProblem[]) {
    const lines = problems.map(({ key, value, rule, fix }) => {
      return `  ${key}: ${value === undefined ? "it" : JSON.stringify(value)} ${rule}\n    fix: ${fix}`;
    });
    super(
      `${problems.length} configuration ${problems.length === 1 ? "key is" : "keys are"} wrong:\n${lines.join("\n")}`,
    );
  }
}

/**
 * Checks the configuration of a stack.
 * @param raw values as text by full key, such as `clickstream:team`; keys of other namespaces are ignored
 * @throws ConfigError with every bad key
 */
export function parseConfig(raw: Readonly<Record<string, string>>): PlainConfig {
  const problems: ConfigProblem[] = [...unknownKeys(raw)];
  const values: Record<string, unknown> = {};
  for (const key of CONFIG_KEYS) {
    const spec: KeySpec = KEYS[key];
    const fullKey = `${NAMESPACE}:${key}`;
    const given = raw[fullKey];
    const result = spec.schema.safeParse(given);
    if (result.success) {
      values[key] = result.data;
      continue;
    }
    problems.push({
      key: fullKey,
      value: spec.secret === true ? "[masked]" : given,
      rule: spec.rule,
      fix: `pulumi config set ${fullKey} ${spec.example}`,
    });
  }
  const region = raw[REGION_KEY];
  if (region === undefined || !/^[a-z]{2}(-[a-z]+)+-[0-9]$/.test(region)) {
    problems.push({
      key: REGION_KEY,
      value: region,
      rule: "must be the code of an AWS region",
      fix: `pulumi config set ${REGION_KEY} us-east-1`,
    });
  }
  const config = { ...values, region } as PlainConfig;
  problems.push(...contradictions(config));
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

/** Rules between keys; each is checked only if its keys could be read. */
function contradictions(config: Partial<PlainConfig>): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const { hotDays, warmDays, glueExecutionClass, glueWorkerType } = config;
  if (hotDays !== undefined && warmDays !== undefined && hotDays >= warmDays) {
    problems.push({
      key: `${NAMESPACE}:warmDays`,
      value: String(warmDays),
      rule: `must be greater than hotDays (${hotDays}), because the warm window follows the hot one`,
      fix: `pulumi config set ${NAMESPACE}:warmDays ${Math.max(hotDays + 1, toDays(DEFAULT_WARM_UNTIL))}`,
    });
  }
  if (glueExecutionClass === "FLEX" && glueWorkerType !== undefined && !FLEX_WORKER_TYPES.includes(glueWorkerType)) {
    problems.push({
      key: `${NAMESPACE}:glueWorkerType`,
      value: glueWorkerType,
      rule: `must be ${FLEX_WORKER_TYPES.join(" or ")} with glueExecutionClass FLEX`,
      fix: `pulumi config set ${NAMESPACE}:glueExecutionClass STANDARD`,
    });
  }
  const lake = lakeContradictions(config).map(({ key, value, rule, better }): ConfigProblem => {
    const fullKey = `${NAMESPACE}:${key}`;
    return { key: fullKey, value, rule, fix: `pulumi config set ${fullKey} '${better}'` };
  });
  const identities = [...ciContradictions(config), ...lakeFormationContradictions(config)];
  return [...problems, ...warehouseContradictions(config), ...identities, ...lake];
}

function lakeFormationContradictions(config: Partial<PlainConfig>): ConfigProblem[] {
  const { lakeFormation, biPrincipals, analystPrincipals, lakeReaders } = config;
  if (lakeFormation !== true) return [];
  const off = (rule: string): ConfigProblem => ({
    key: `${NAMESPACE}:lakeFormation`,
    value: "true",
    rule,
    fix: `pulumi config set ${NAMESPACE}:lakeFormation false`,
  });
  const problems: ConfigProblem[] = [];
  if (biPrincipals?.length === 0 && analystPrincipals?.length === 0)
    problems.push(
      off("must be false without biPrincipals or analystPrincipals: there is no role that it would govern"),
    );
  if (lakeReaders !== undefined && lakeReaders.length > 0)
    problems.push(
      off(`must be false with lakeReaders (${lakeReaders.join(", ")}): other stacks read every column by IAM`),
    );
  return problems;
}

function ciContradictions({ ciProvider, ciRepository, ciPolicyArns }: Partial<PlainConfig>): ConfigProblem[] {
  if (ciProvider === undefined || ciProvider === "none") return [];
  const missing: ConfigKey[] = [];
  if (ciRepository === undefined) missing.push("ciRepository");
  if (ciPolicyArns?.length === 0) missing.push("ciPolicyArns");
  return missing.map((key) => ({
    key: `${NAMESPACE}:${key}`,
    rule: `must be set with ciProvider ${ciProvider}: ${KEYS[key].rule}`,
    fix: `pulumi config set ${NAMESPACE}:${key} ${KEYS[key].example}`,
  }));
}

function warehouseContradictions(config: Partial<PlainConfig>): ConfigProblem[] {
  const { warehouseNodeType: type, warehouseNodes: nodes, warehouseBaseRpus: base, warehouseMaxRpus: most } = config;
  const problems: ConfigProblem[] = [];
  const report = (key: ConfigKey, value: number, rule: string, better: number): void => {
    const fullKey = `${NAMESPACE}:${key}`;
    problems.push({ key: fullKey, value: String(value), rule, fix: `pulumi config set ${fullKey} ${better}` });
  };
  if (type !== undefined && nodes !== undefined) {
    const least = type === "ra3.large" || type === "ra3.xlplus" ? 1 : 2;
    const limit = MAX_NODES[type];
    if (nodes < least || nodes > limit) {
      report("warehouseNodes", nodes, `must be from ${least} to ${limit} with warehouseNodeType ${type}`, 2);
    }
  }
  if (base !== undefined && most !== undefined && most < base) {
    report("warehouseMaxRpus", most, `must not be less than warehouseBaseRpus (${base})`, base);
  }
  return problems;
}

function unknownKeys(raw: Readonly<Record<string, string>>): ConfigProblem[] {
  return Object.keys(raw).flatMap((key) => {
    const [namespace = "", ...rest] = key.split(":");
    const name = rest.join(":");
    // Another namespace is another provider's, unless it is this one misspelt.
    if (namespace !== NAMESPACE && distance(namespace, NAMESPACE) > NEAR_NAMESPACE) return [];
    if (namespace === NAMESPACE && Object.hasOwn(KEYS, name)) return [];
    const near = Object.hasOwn(KEYS, name) ? name : nearestKey(name);
    const full = namespace === NAMESPACE ? near : `${NAMESPACE}:${near ?? ""}`;
    const hint = near === undefined ? `one of ${CONFIG_KEYS.join(", ")}` : `"${full ?? ""}"?`;
    return {
      key,
      // A misspelt secret key holds a secret.
      value: "[masked]",
      rule: `is set for a key that does not exist; did you mean ${hint}`,
      fix: `pulumi config rm ${key}`,
    };
  });
}

/** Most edits by which a namespace counts as this one misspelt. */
const NEAR_NAMESPACE = 3;

/** The key that differs by the fewest edits, if by at most 3 and less than half of the name. */
function nearestKey(name: string): string | undefined {
  const best = closest(
    name.toLowerCase(),
    CONFIG_KEYS.map((key) => key.toLowerCase()),
  );
  const near = CONFIG_KEYS.find((key) => key.toLowerCase() === best);
  return distance(name.toLowerCase(), best) <= Math.min(3, name.length / 2) ? near : undefined;
}

/** Reads and checks the stack's configuration. @throws ConfigError */
export function loadConfig(): PipelineConfig {
  const config = new pulumi.Config(NAMESPACE);
  const raw = pulumi.runtime.allConfig();
  const { pagerEndpoint, slackWebhook, ...plain } = parseConfig(raw);
  return {
    ...plain,
    // Read a second time through getSecret, also if the stack keeps them in clear: they never reach the state so.
    pagerEndpoint: pagerEndpoint === undefined ? undefined : config.getSecret("pagerEndpoint"),
    slackWebhook: slackWebhook === undefined ? undefined : config.getSecret("slackWebhook"),
  };
}
