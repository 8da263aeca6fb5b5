import { randomBytes } from "node:crypto";
import { UserError } from "../errors";

// `clickstream-<stack>` prefixes every physical name; 24 characters keep the longest one within S3's 63.
const STACK_NAME = /^[a-z][a-z0-9-]{1,23}$/;

/** Prefix of throw-away stacks, by which they are told from stacks that people keep. */
export const EPHEMERAL_PREFIX = "e-";

/** A stack name nobody else has: seconds since 1970 and 32 random bits, both short. */
export function ephemeralStackName(now: Date = new Date()): string {
  const seconds = Math.floor(now.getTime() / 1000).toString(36);
  return `${EPHEMERAL_PREFIX}${seconds}-${randomBytes(4).toString("hex")}`;
}

/** @throws UserError where the name would make a resource name that AWS refuses. */
export function checkStackName(name: string): string {
  if (STACK_NAME.test(name)) return name;
  throw new UserError(
    `The stack name "${name}" does not match ${STACK_NAME.source}.`,
    "Use 2 to 24 lower-case letters, digits and hyphens, a letter first.",
  );
}
