import { z } from "zod";
import type { PlainConfig } from "./config";
import { json, orNothing, type KeySpec } from "./config-values";

/** A stack of this program as others name it: `clickstream-<stack>` has to be a pipeline's name. */
const STACK = "[a-z][a-z0-9-]{1,23}";
/** `<organization>/<project>/<stack>`, as a StackReference takes it; of a file or bucket backend the first is `organization`. */
const FULL_NAME = new RegExp(`^[\\w.-]{1,100}/[\\w.-]{1,100}/${STACK}$`);
/** A key's policy holds 32,768 characters, and each reader stands in it with two ARNs. */
const MOST_READERS = 20;

/** Keys of a lake that stacks share. */
export const LAKE_KEYS = {
  lakeStack: {
    schema: orNothing(z.string().regex(FULL_NAME)).optional(),
    rule: "must be the full name of the stack that owns the lake, organization/project/stack, or empty for a lake of its own",
    example: "organization/clickstream/prod",
  },
  lakeReaders: {
    schema: json(z.array(z.string().regex(new RegExp(`^${STACK}$`))).max(MOST_READERS)).default([]),
    rule: `must be a JSON list of at most ${MOST_READERS} names of stacks of the same account that read the gold of this one`,
    example: `'["checkout"]'`,
  },
} as const satisfies Record<string, KeySpec>;

const PIPELINE_PREFIX = "clickstream-";

/** The pipeline of a stack: what every name in it begins with. */
export function pipelineNameOf(stack: string): string {
  return PIPELINE_PREFIX + stack;
}

/** The stack of a pipeline. */
export function stackOfPipeline(pipeline: string): string {
  return pipeline.startsWith(PIPELINE_PREFIX) ? pipeline.slice(PIPELINE_PREFIX.length) : pipeline;
}

/** The stack in a full name `organization/project/stack`. */
export function stackPartOf(fullName: string): string {
  return fullName.slice(fullName.lastIndexOf("/") + 1);
}

/** Longest that a reading stack keeps results, in days: an erasure in the lake has to be true everywhere within a month (GDPR, Article 12). */
export const MOST_READER_RESULT_DAYS = 28;

/** A key that only a stack with a lake of its own has a use for. */
interface OwnLakeKey {
  key: keyof PlainConfig;
  /** The one value that a reading stack may have, as text. */
  only: string;
  because: string;
}

const OWN_LAKE_KEYS: readonly OwnLakeKey[] = [
  {
    key: "warehouseMode",
    only: "none",
    because: "a warehouse is loaded after the jobs of the stack that owns the lake",
  },
  { key: "glueNetwork", only: "public", because: "the stack that owns the lake has the jobs" },
  { key: "audit", only: "off", because: "the trail of the stack that owns the lake records every read of it" },
  { key: "operatorPrincipals", only: "[]", because: "what operators operate belongs to the stack that owns the lake" },
  { key: "privacyPrincipals", only: "[]", because: "persons are erased on the stack that owns the lake" },
  { key: "lakeFormation", only: "false", because: "what Lake Formation grants in gold is the owner's to say" },
  { key: "lakeReaders", only: "[]", because: "only the stack that owns a lake says who reads it" },
];

/** A key that does not go with `lakeStack`, without its namespace. */
export interface LakeContradiction {
  key: string;
  value: string;
  rule: string;
  better: string;
}

/** What a stack that reads another's lake cannot be asked for; nothing where the lake is its own. */
export function lakeContradictions(config: Partial<PlainConfig>): LakeContradiction[] {
  const { lakeStack, resultsExpiryDays: days } = config;
  if (lakeStack === undefined) return [];
  const text = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));
  const own = OWN_LAKE_KEYS.flatMap(({ key, only, because }) => {
    const value = config[key];
    if (value === undefined || text(value) === only) return [];
    return { key, value: text(value), rule: `must be ${only} with lakeStack (${lakeStack}): ${because}`, better: only };
  });
  if (days === undefined || days <= MOST_READER_RESULT_DAYS) return own;
  const rule =
    `must be at most ${MOST_READER_RESULT_DAYS} with lakeStack (${lakeStack}): ` +
    "an erasure in the lake does not reach results here, which have to end by themselves within a month";
  return [...own, { key: "resultsExpiryDays", value: String(days), rule, better: String(MOST_READER_RESULT_DAYS) }];
}
