import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { UserError } from "../errors";
import { TARGETS } from "../stack/target-name";

const mark = z.object({ host: z.string(), pid: z.number().int().positive(), started: z.string() });

const lease = z.object({
  name: z.string(),
  target: z.enum(TARGETS),
  region: z.string().optional(),
  owner: z.string(),
  commit: z.string(),
  /** ISO 8601. */
  created: z.iso.datetime(),
  /** ISO 8601; after it anybody may remove the stack. */
  expires: z.iso.datetime(),
  /** Whether the stack is meant to outlive its driver. */
  keep: z.boolean(),
  driver: mark,
  /** The local cloud that holds the resources; absent before it runs, and on AWS. */
  cloud: z.object({ dir: z.string(), pid: z.number().int().positive() }).optional(),
  /** Backend of the state where it is not the folder beside; a URL without credentials. */
  backend: z.string().optional(),
});

/** What the folder of a throw-away stack says of it, so that another process can tell whether somebody still needs it. */
export type Lease = z.infer<typeof lease>;

/** Name of the file in the stack's folder. */
export const LEASE_FILE = "stack.json";

/**
 * Makes the folder of a stack with its lease in it, both at one moment: a folder without lease would say nothing about
 * who made it.
 *
 * @throws UserError where there is a stack of this name
 */
export async function claimFolder(folder: string, of: Lease): Promise<void> {
  const fresh = path.join(path.dirname(folder), `.new-${path.basename(folder)}-${randomBytes(4).toString("hex")}`);
  await mkdir(fresh, { recursive: true });
  try {
    await writeFile(path.join(fresh, LEASE_FILE), leaseText(of), { mode: 0o600 });
    await rename(fresh, folder);
  } catch (cause) {
    await rm(fresh, { recursive: true, force: true });
    throw new UserError(`There is a stack "${of.name}" already.`, "Choose another name, or destroy that one first.", {
      cause,
    });
  }
}

/** Replaces the lease as a whole: a reader sees the old one or the new one. */
export async function writeLease(folder: string, of: Lease): Promise<void> {
  const file = path.join(folder, LEASE_FILE);
  await writeFile(`${file}.new`, leaseText(of), { mode: 0o600 });
  await rename(`${file}.new`, file);
}

/** The lease of a folder; undefined where there is none that can be read. */
export function readLease(folder: string): Lease | undefined {
  try {
    return lease.parse(JSON.parse(readFileSync(path.join(folder, LEASE_FILE), "utf8")));
  } catch {
    return undefined;
  }
}

function leaseText(of: Lease): string {
  return `${JSON.stringify(of, undefined, 2)}\n`;
}
