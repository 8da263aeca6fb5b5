import { LocalWorkspace } from "@pulumi/pulumi/automation";
import program from "../../index";
import { TAG } from "../driver/tags";
import { UserError } from "../errors";
import { clientSettings } from "../stack/clients";
import { engineErrors } from "../stack/engine-errors";
import { EPHEMERAL_PREFIX } from "../stack/stack-name";
import type { Target } from "../stack/target";
import { engine, openStack, PROJECT_ROOT, removeStackFolder, type StatePlace } from "../stack/workspace";
import { taggedResources } from "./by-tag";
import { expiredBecause, UNMARKED_AGE_MS, type Finding, type SweepRules } from "./finding";
import { refuseLeftovers } from "./leftovers";
import { removeFolder, type LostStack } from "./local";

/** The stacks' state, as the sweep needs it. */
export interface StateBackend {
  /** Names of all stacks of this project. */
  stacks(): Promise<string[]>;
  /** Destroys what the state knows, then what it says is gone, and forgets the stack. */
  destroy(name: string): Promise<void>;
}

/** One throw-away stack as its resources' tags tell of it. */
interface TaggedStack {
  expires: Date | undefined;
  arns: string[];
}

const PIPELINE_PREFIX = "clickstream-";

/**
 * Throw-away stacks of an account and region: those whose resources' tag `expires` has passed, those of the state backend
 * that are old and have no tagged resource, and those that a driver of this machine lost. Others' stacks bear no such tag and
 * are never looked at.
 *
 * @param lost stacks whose driver ended here without removing them
 */
export async function awsFindings(
  rules: SweepRules,
  target: Target,
  region: string,
  backend: StateBackend,
  lost: ReadonlyMap<string, LostStack> = new Map(),
): Promise<Finding[]> {
  const tagged = await taggedStacks(target, region);
  const known = new Set(await backend.stacks());
  const findings: Finding[] = [];
  for (const [name, { expires, arns }] of tagged) {
    const reason = expiredBecause(rules, createdAt(name), expires) ?? lost.get(name)?.reason;
    const what = `${name} (${String(arns.length)} tagged resources)`;
    const until = `kept until ${expires?.toISOString() ?? "somebody says"}`;
    if (reason === undefined) findings.push({ kind: "stack", what, target: "aws", remove: false, reason: until });
    else if (known.has(name)) findings.push(stackFinding(name, what, reason, backend));
    else findings.push(orphanFinding(name, arns, reason));
  }
  for (const name of known) {
    const created = createdAt(name);
    if (tagged.has(name) || created === undefined) continue;
    const age = rules.now.getTime() - created.getTime();
    const old = age >= (rules.olderThanMs ?? UNMARKED_AGE_MS);
    const reason = lost.get(name)?.reason ?? `made at ${created.toISOString()}, and nothing bears its tag`;
    if (old || lost.has(name)) findings.push(stackFinding(name, name, reason, backend));
  }
  for (const [name, { folder, reason }] of lost) {
    if (tagged.has(name) || known.has(name)) continue;
    const action = (): Promise<void> => removeFolder(folder);
    findings.push({ kind: "folder", what: folder, target: "aws", remove: true, reason, action });
  }
  return findings;
}

function stackFinding(name: string, what: string, reason: string, backend: StateBackend): Finding {
  return { kind: "stack", what, target: "aws", remove: true, reason, action: () => backend.destroy(name) };
}

/** Without the state nobody knows in which order, nor what goes with it that has no tag. */
function orphanFinding(name: string, arns: readonly string[], reason: string): Finding {
  const action = (): Promise<void> => {
    throw new UserError(
      `The state of ${name} is not in this backend, so the engine cannot destroy its ${String(arns.length)} resources:\n` +
        arns.map((arn) => `    ${arn}`).join("\n"),
      "Give --backend the URL that its driver used, or delete them by hand.",
    );
  };
  const what = `${name} (${String(arns.length)} resources)`;
  return { kind: "resources", what, target: "aws", remove: true, reason: `${reason}, without a state`, action };
}

async function taggedStacks(target: Target, region: string): Promise<Map<string, TaggedStack>> {
  const stacks = new Map<string, TaggedStack>();
  for (const { arn, tags } of await taggedResources(clientSettings(target, region), [{ Key: TAG.expires }])) {
    const pipeline = tags["pipeline"];
    // Another program's tag of the same name.
    if (pipeline?.startsWith(PIPELINE_PREFIX) !== true) continue;
    const name = pipeline.slice(PIPELINE_PREFIX.length);
    const stack = stacks.get(name) ?? { expires: undefined, arns: [] };
    stack.arns.push(arn);
    const expires = new Date(tags[TAG.expires] ?? "");
    if (!Number.isNaN(expires.getTime()) && (stack.expires === undefined || expires > stack.expires)) {
      stack.expires = expires;
    }
    stacks.set(name, stack);
  }
  return stacks;
}

/** The time in the name of a throw-away stack (see `ephemeralStackName`); undefined for any other name. */
export function createdAt(name: string): Date | undefined {
  const [, seconds] = new RegExp(`^${EPHEMERAL_PREFIX}([0-9a-z]{6,7})-[0-9a-f]{8}$`).exec(name) ?? [];
  return seconds === undefined ? undefined : new Date(Number.parseInt(seconds, 36) * 1000);
}

/** The state backend of this machine's login, or of a URL. */
export function stateBackend(target: Target, region: string, place: StatePlace): StateBackend {
  return {
    stacks: async () => {
      const workspace = await LocalWorkspace.create({
        workDir: PROJECT_ROOT,
        pulumiCommand: await engine(),
        envVars: place.backendUrl === undefined ? {} : { PULUMI_BACKEND_URL: place.backendUrl },
      });
      const stacks = await engineErrors("Listing the stacks", workspace.listStacks());
      return stacks.map(({ name }) => name.split("/").pop() ?? name);
    },
    destroy: async (name) => {
      const stack = await openStack(name, target, program, place);
      await stack.cancel().catch(() => undefined); // The lock of a driver that was killed.
      // A driver that was killed leaves creations of which nobody knows how they ended.
      await engineErrors(`The refresh of ${name}`, stack.refresh({ color: "never", clearPendingCreates: true }));
      await engineErrors(`The destruction of ${name}`, stack.destroy({ color: "never" }));
      await stack.workspace.removeStack(name);
      await removeStackFolder(name);
      await refuseLeftovers(name, target, region);
    },
  };
}
