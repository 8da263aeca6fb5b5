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

const SECRET = "[secret]";
const OURS: readonly string[] = [REGION_KEY, ...CONFIG_KEYS.map((key) => `${NAMESPACE}:${key}`)];

/**
 * Keys that the last deployment read another value of than the file has. Secrets are compared by being there only: what the
 * file holds of them is encrypted.
 */
export function configDrift(file: ConfigTexts, deployed: ConfigTexts): ConfigDrift[] {
  return OURS.flatMap((key) => {
    const shown = isSecret(key) ? () => SECRET : normal;
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
