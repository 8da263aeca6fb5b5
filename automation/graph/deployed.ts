import { LocalWorkspace, PulumiCommand, Stack, type ConfigMap, type Deployment } from "@pulumi/pulumi/automation";
import program from "../../index";
import { parseConfig } from "../../config";
import { engineErrors } from "../stack/engine-errors";
import { checkStackName } from "../stack/stack-name";
import type { Target } from "../stack/target";
import type { TargetName } from "../stack/target-name";
import { homeOf } from "../stack/home";
import { openStack, PROJECT_ROOT, stacksHere } from "../stack/workspace";
import type { OpenConfig } from "./offline";
import { ResourceGraph, type ResourceNode } from "./resource-graph";
import { maskedRecord } from "./secrets";

/** A deployed stack as data. */
export interface DeployedStack {
  graph: ResourceGraph;
  config: OpenConfig;
}

/** State is a file: no provider, emulator or account has to answer for reading it. */
const STATE_ONLY: Target = {
  name: "local",
  env: {},
  endpointOf: () => undefined,
  plugins: [],
  close: () => Promise.resolve(),
};

/** One resource of a state file. */
interface StateResource {
  urn: string;
  type: string;
  custom: boolean;
  parent?: string;
  inputs?: Record<string, unknown>;
  outputs?: Record<string, unknown>;
  protect?: boolean;
  retainOnDelete?: boolean;
  dependencies?: string[];
  /** Waits for its deletion: it has been replaced. */
  delete?: boolean;
}

const STACK_TYPE = "pulumi:pulumi:Stack";

/** The graph of an exported state; secrets masked, encrypted or not. */
export function graphOfState(stack: string, state: Deployment): ResourceGraph {
  const resources = (state.deployment as { resources?: StateResource[] } | undefined)?.resources ?? [];
  const root = resources.find(({ type }) => type === STACK_TYPE);
  const nodes = resources
    .filter((one) => one.type !== STACK_TYPE && one.delete !== true)
    .map((one): ResourceNode => {
      const parent = one.parent === root?.urn ? undefined : one.parent;
      return {
        urn: one.urn,
        type: one.type,
        name: one.urn.split("::").slice(3).join("::"),
        custom: one.custom,
        ...(parent === undefined ? {} : { parent }),
        inputs: maskedRecord(one.inputs),
        outputs: maskedRecord(one.outputs),
        protect: one.protect === true,
        retainOnDelete: one.retainOnDelete === true,
        dependencies: one.dependencies ?? [],
      };
    });
  return new ResourceGraph({ stack, origin: "deployed", nodes, outputs: maskedRecord(root?.outputs) });
}

/** A stack by its state; undefined where none of this name is deployed on the target. */
export async function deployedStack(name: string, target: TargetName): Promise<DeployedStack | undefined> {
  const stack = await existing(checkStackName(name), target);
  if (stack === undefined) return undefined;
  const state = await engineErrors(`The export of ${name}`, stack.exportStack());
  return deployedFrom(name, state, await stack.getAllConfig());
}

/** A stack by its exported state and its config; undefined where nothing is deployed. */
export function deployedFrom(name: string, state: Deployment, configured: ConfigMap): DeployedStack | undefined {
  const graph = graphOfState(name, state);
  if (graph.nodes.length === 0) return undefined;
  const entries = Object.entries(configured).map(([key, { value }]): [string, string] => [key, value]);
  const { pagerEndpoint: _pager, slackWebhook: _slack, ...config } = parseConfig(Object.fromEntries(entries));
  return { graph, config };
}

async function existing(name: string, target: TargetName): Promise<Stack | undefined> {
  if (target === "local") {
    if (!(await stacksHere()).includes(name)) return undefined;
    return openStack(name, STATE_ONLY, program, { home: await homeOf(name) });
  }
  const root = process.env["CLICKSTREAM_PULUMI_ROOT"];
  const pulumiCommand = await PulumiCommand.get(root === undefined ? {} : { root });
  const workspace = await LocalWorkspace.create({ workDir: PROJECT_ROOT, pulumiCommand });
  const stacks = await engineErrors("Listing the stacks", workspace.listStacks());
  return stacks.some((one) => one.name === name) ? Stack.select(name, workspace) : undefined;
}
