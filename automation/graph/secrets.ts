import { MASKED } from "./resource-graph";

/** Key and value by which Pulumi's protocol and state mark a secret (`resource.SigKey`, `resource.SecretSig`). */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

/** The value with every secret in it replaced by `MASKED`, however deep. */
export function maskSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(maskSecrets);
  if (typeof value !== "object" || value === null) return value;
  const record = value as Record<string, unknown>;
  if (record[SIGNATURE] === SECRET) return MASKED;
  return Object.fromEntries(Object.entries(record).map(([key, part]) => [key, maskSecrets(part)]));
}

/** `maskSecrets` of a record. */
export function maskedRecord(record: Readonly<Record<string, unknown>> | undefined): Record<string, unknown> {
  return maskSecrets(record ?? {}) as Record<string, unknown>;
}

/**
 * Masks texts that a secret was put into by the program: what it computed from a secret is one to the engine, and a
 * dry run without engine has to find it itself.
 * @param secrets plain values of secret configuration; those below 4 characters are not looked for
 */
export function maskTexts(value: unknown, secrets: readonly string[]): unknown {
  if (typeof value === "string") {
    return secrets.some((secret) => secret.length >= 4 && value.includes(secret)) ? MASKED : value;
  }
  if (Array.isArray(value)) return value.map((part) => maskTexts(part, secrets));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, maskTexts(part, secrets)]));
}
