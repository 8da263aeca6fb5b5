import { UserError } from "../errors";
import type { ProgramConfig } from "../stack/workspace";

/** Tags by which a throw-away stack's resources say whose they are and until when. */
export const TAG = {
  owner: "owner",
  commit: "commit",
  /** ISO 8601 with seconds and Z: AWS allows these characters in a value, and its order as text is that of time. */
  expires: "expires",
} as const;

/** Whose a throw-away stack is. */
export interface Ownership {
  owner: string;
  commit: string;
  expires: Date;
}

/** The time as the tag has it. */
export function expiryText(expires: Date): string {
  return `${expires.toISOString().slice(0, 19)}Z`;
}

/**
 * The config with the tags of ownership among the caller's own. They go through the program's key `tags`, so they are on
 * every resource that takes tags, on any target, and the program knows nothing of throw-away stacks.
 */
export function withOwnershipTags(config: ProgramConfig, ownership: Ownership): ProgramConfig {
  const given = config["tags"] ?? {};
  if (typeof given !== "object" || Array.isArray(given)) {
    throw new UserError(`The config key tags is ${JSON.stringify(given)}.`, "Give an object of tag names and values.");
  }
  const { owner, commit, expires } = ownership;
  const own = { [TAG.owner]: owner, [TAG.commit]: commit, [TAG.expires]: expiryText(expires) };
  return { ...config, tags: { ...given, ...own } };
}
