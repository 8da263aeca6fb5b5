import { expect } from "chai";
import { ConfigError, parseConfig, type ConfigProblem, type PlainConfig } from "../../../config";

/** The one key that has no default. */
export const REGION = { "aws:region": "eu-west-1" };

/** Parses keys of the program's namespace, or of another one if the key names it. */
export function parse(keys: Record<string, string>): PlainConfig {
  const raw: Record<string, string> = { ...REGION };
  for (const [key, value] of Object.entries(keys)) raw[key.includes(":") ? key : `clickstream:${key}`] = value;
  return parseConfig(raw);
}

/** What `parse` finds wrong, empty if nothing. */
export function problemsOf(keys: Record<string, string>): readonly ConfigProblem[] {
  try {
    parse(keys);
    return [];
  } catch (error) {
    expect(error).to.be.instanceOf(ConfigError);
    return (error as ConfigError).problems;
  }
}
