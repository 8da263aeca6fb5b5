import { NAMESPACE, REGION_KEY } from "../../config";
import { CONFIG_KEYS, KEYS, type KeySpec } from "../../config-schema";

/** A key whose value in the file is not the deployed one; undefined where one side has none. */
export interface ConfigDrift {
  key: string;
  file: string | undefined;
  deployed: string | undefined;
}

/** Config by full key as text; objects as JSON. */
export type ConfigTexts = Readonly<Record<string, string>>;

/** Stands for a secret that is there. */
export const SECRET = "[secret]";
const OURS: readonly string[] = [REGION_KEY, ...CONFIG_KEYS.map((key) => `${NAMESPACE}:${key}`)];

/**
 * The same with the defaults of Pulumi.yaml where it has no value: the engine deploys with those, so that a file without a
 * key says the same as one with its default.
 */
export function withDefaults(config: ConfigTexts, project: { config?: unknown }): ConfigTexts {
  const declared = Object.entries((project.config ?? {}) as Record<string, { default?: string | number | object }>);
  const defaults = declared.map(([key, { default: value = "" }]): [string, string] => {
    return [`${NAMESPACE}:${key}`, typeof value === "object" ? JSON.stringify(value) : String(value)];
  });
  return { ...Object.fromEntries(defaults), ...config };
}

/**
 * Keys that the last deployment read another value of than the file has. Secrets are compared by being there only: what the
 * file holds of them is encrypted.
 */
export function configDrift(file: ConfigTexts, deployed: ConfigTexts): ConfigDrift[] {
  return OURS.flatMap((key) => {
    const shown = isSecret(key) ? (value: string) => (value === "" ? undefined : SECRET) : normal;
    const [inFile, live] = [file[key], deployed[key]].map((value) => (value === undefined ? undefined : shown(value)));
    return inFile === live ? [] : [{ key, file: inFile, deployed: live }];
  });
}

function isSecret(key: string): boolean {
  const specs: Readonly<Record<string, KeySpec>> = KEYS;
  return specs[key.slice(NAMESPACE.length + 1)]?.secret === true;
}

/** The same for `{"a":1}` and `{ "a": 1 }`. */
function normal(value: string): string {
  try {
    return JSON.stringify(JSON.parse(value));
  } catch {
    return value;
  }
}

/** The drift for people, a line a key. */
export function driftText(drift: readonly ConfigDrift[]): string {
  const side = (value: string | undefined): string => value ?? "nothing";
  return drift
    .map(({ key, file, deployed }) => `  ${key}: the file says ${side(file)}, deployed is ${side(deployed)}`)
    .join("\n");
}
