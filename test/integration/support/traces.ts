import { spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { text } from "node:stream/consumers";
import { GetSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import type { EphemeralStack } from "../../../automation/ephemeral-stack";
import type { StackOutputs } from "../../../automation/stack/outputs";
import { resolvePython } from "../../../local-cloud/emulator/environment";
import type { Person } from "./erasure-data";

/** What a search found. */
export interface Traces {
  /** `[text, where]`. */
  found: [string, string][];
  /** Things that were looked at, by kind. */
  read: Record<string, number>;
  /** By class and user: a hash of all their rows or lines. */
  hashes: Record<string, Record<string, string>>;
}

/** Every text that the stack may hold a person by: id, address, name, and their pseudonyms. */
export async function textsOf(stack: EphemeralStack, outputs: StackOutputs, people: Person[]): Promise<string[]> {
  const { secrets } = stack.clients;
  const { SecretString: key = "" } = await secrets.send(
    new GetSecretValueCommand({ SecretId: outputs.pseudonymSecretArn }),
  );
  const pseudonym = (text: string): string => createHmac("sha256", key).update(text).digest("hex");
  return people.flatMap(({ userId, anonymousId, email, name }) => [
    userId,
    anonymousId,
    email,
    name,
    pseudonym(email.toLowerCase()),
    pseudonym(name),
  ]);
}

/** Searches all that the stack's cloud keeps. */
export async function findTraces(stack: EphemeralStack, outputs: StackOutputs, tokens: string[]): Promise<Traces> {
  const { cloud, env } = stack.target;
  const { rawBucket: raw, silverBucket: silver, goldBucket: gold } = outputs;
  const script = "test/integration/support/find_traces.py";
  const search = spawn(resolvePython(process.env, process.cwd()), [script], {
    env: { ...process.env, ...env },
    stdio: ["pipe", "pipe", "inherit"],
  });
  search.stdin.end(JSON.stringify({ dir: cloud?.dir, tokens, raw, silver, gold }));
  return JSON.parse(await text(search.stdout)) as Traces;
}
