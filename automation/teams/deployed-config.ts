import { LocalWorkspace, Stack } from "@pulumi/pulumi/automation";
import program from "../../index";
import { engineErrors } from "../stack/engine-errors";
import type { Target } from "../stack/target";
import type { TargetName } from "../stack/target-name";
import { homeOf } from "../stack/home";
import { engine, openStack, PROJECT_ROOT, stacksHere } from "../stack/workspace";
import { SECRET, type ConfigTexts } from "./drift";

/** The history is a file of the backend: nobody else has to answer. */
const HISTORY_ONLY: Target = {
  name: "local",
  env: {},
  endpointOf: () => undefined,
  plugins: [],
  close: () => Promise.resolve(),
};

/** Config that the last deployment of a stack ran with; undefined where there was none. */
export async function deployedConfig(name: string, target: TargetName): Promise<ConfigTexts | undefined> {
  const stack = target === "local" ? await localStack(name) : await backendStack(name);
  if (stack === undefined) return undefined;
  const history = await engineErrors(`Reading the history of ${name}`, stack.history(20, 1));
  const last = history.find(({ kind, result }) => kind === "update" && result === "succeeded");
  if (last === undefined) return undefined;
  // The history shows no secret; what is there as plain text, the empty default above all, is none.
  const texts = Object.entries(last.config).map(([key, { value, secret }]): [string, string] => {
    return [key, secret === true ? SECRET : value];
  });
  return Object.fromEntries(texts);
}

async function localStack(name: string): Promise<Stack | undefined> {
  if (!(await stacksHere()).includes(name)) return undefined;
  return openStack(name, HISTORY_ONLY, program, { home: await homeOf(name) });
}

async function backendStack(name: string): Promise<Stack | undefined> {
  const workspace = await LocalWorkspace.create({ workDir: PROJECT_ROOT, pulumiCommand: await engine() });
  const stacks = await engineErrors("Listing the stacks", workspace.listStacks());
  return stacks.some((one) => one.name === name) ? Stack.select(name, workspace) : undefined;
}
