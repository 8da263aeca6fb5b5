import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { stackPartOf } from "../../config-lake";
import { UserError } from "../errors";
import { stackFileConfig } from "../graph/stack-file";
import { checkStackName } from "./stack-name";
import { PROJECT_ROOT, stackFolder } from "./workspace";

/** The stack that a full name `organization/project/stack` means. */
export function stackOfFullName(fullName: string): string {
  return checkStackName(stackPartOf(fullName));
}

/**
 * The stack in whose local cloud, and beside whose state, a local stack is: its own, or, where its file says that it reads
 * another's lake, that one's. A cloud is an account, and a stack can only refer to one of its own backend.
 */
export async function homeOf(name: string): Promise<string> {
  if (!existsSync(path.join(PROJECT_ROOT, `Pulumi.${name}.yaml`))) return name;
  const lakeStack = (await stackFileConfig(name))["clickstream:lakeStack"];
  return lakeStack === undefined || lakeStack === "" ? name : stackOfFullName(lakeStack);
}

/**
 * The same of a throw-away stack, whose config is not in a file. Where the owner is not here, nothing is kept in its place:
 * the engine then says that there is no such stack.
 */
export function homeBeside(name: string, lakeStack: unknown): string {
  if (typeof lakeStack !== "string" || lakeStack === "") return name;
  const owner = stackOfFullName(lakeStack);
  return existsSync(stackFolder(owner)) ? owner : name;
}

/** Local stacks that are kept beside a stack's state: those that read its lake. */
export async function guestsOf(name: string): Promise<string[]> {
  const states = path.join(stackFolder(name), "state", ".pulumi", "stacks", "clickstream");
  if (!existsSync(states)) return [];
  const files = (await readdir(states)).filter((file) => file.endsWith(".json"));
  return files.map((file) => file.slice(0, -".json".length)).filter((stack) => stack !== name);
}

/** @throws UserError for a stack whose lake local stacks still read: their state would go with it */
export async function refuseWhileRead(name: string): Promise<void> {
  const guests = await guestsOf(name);
  if (guests.length === 0) return;
  throw new UserError(
    `The lake of ${name} is read by ${guests.join(", ")}.`,
    `Destroy first: ${guests.map((guest) => `npm run cli -- destroy --target local --stack ${guest}`).join("; ")}`,
  );
}
