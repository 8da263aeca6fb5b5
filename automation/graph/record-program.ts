import * as pulumi from "@pulumi/pulumi";
import { MASKED, type ResourceNode, type StackSnapshot } from "./resource-graph";
import { maskedRecord, maskTexts } from "./secrets";
import { standIns } from "./stand-ins";

/** What a dry run is of. */
export interface DryRun {
  stack: string;
  /** Config by full key, such as `clickstream:team`. */
  config: Readonly<Record<string, string>>;
  /** Full keys whose values are secret. */
  secretKeys: readonly string[];
}

/** What the engine is told beside the inputs; mocks see the inputs only, so the request is read on its way. */
interface RegisterRequest {
  getType(): string;
  getName(): string;
  getCustom(): boolean;
  getParent(): string;
  getProtect(): boolean | undefined;
  getRetainondelete(): boolean | undefined;
  getDependenciesList(): string[];
}
interface RegisterResponse {
  getUrn(): string;
  getObject(): { toJavaScript(): Record<string, unknown> } | undefined;
}
type Callback = (error: Error | null, response?: RegisterResponse) => void;
interface Monitor {
  registerResource(request: RegisterRequest, callback: Callback): Promise<void>;
}

/**
 * Runs a program under Pulumi's mocks and records what it registers: no engine, no plugin, no network. Only for a process
 * of its own, because mocks and config are global to Pulumi's runtime and stay.
 *
 * @throws whatever the program throws, a ConfigError above all
 */
export async function recordProgram(
  run: DryRun,
  load: () => Promise<pulumi.automation.PulumiFn>,
): Promise<StackSnapshot> {
  const nodes: ResourceNode[] = [];
  const latest: Latest = { inputs: {} };
  const mocks = standIns(run.config["aws:region"] ?? "us-east-1", run.stack);
  const recording: pulumi.runtime.Mocks = {
    ...mocks,
    newResource: (args) => {
      latest.inputs = args.inputs as Record<string, unknown>;
      return mocks.newResource(args);
    },
  };
  await pulumi.runtime.setMocks(recording, "clickstream", run.stack, false);
  pulumi.runtime.setAllConfig({ ...run.config }, [...run.secretKeys]);
  record(nodes, latest);
  const program = await load();
  const outputs = await resolved((await program()) ?? {});
  // Waits for every registration, also of what no output depends on.
  await pulumi.runtime.disconnect();
  const secrets = run.secretKeys.flatMap((key) => run.config[key] ?? []);
  const masked = maskTexts(nodes, secrets) as ResourceNode[];
  return {
    stack: run.stack,
    origin: "offline",
    nodes: masked,
    outputs: maskTexts(outputs, secrets) as StackSnapshot["outputs"],
  };
}

/** Inputs that the mocks were handed last: the monitor calls them before it first waits. */
interface Latest {
  inputs: Record<string, unknown>;
}

function record(nodes: ResourceNode[], latest: Latest): void {
  const monitor = pulumi.runtime.getMonitor() as unknown as Monitor;
  const original = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, callback) => {
    const registered = original(request, (error, response) => {
      if (response !== undefined) nodes.push(nodeOf(request, response, inputs));
      callback(error, response);
    });
    const { inputs } = latest;
    return registered;
  };
}

function nodeOf(request: RegisterRequest, response: RegisterResponse, inputs: Record<string, unknown>): ResourceNode {
  const parent = request.getParent();
  return {
    urn: response.getUrn(),
    type: request.getType(),
    name: request.getName(),
    custom: request.getCustom(),
    ...(parent === "" ? {} : { parent }),
    inputs: maskedRecord(inputs),
    outputs: maskedRecord({ ...response.getObject()?.toJavaScript(), ...inputs }),
    protect: request.getProtect() === true,
    retainOnDelete: request.getRetainondelete() === true,
    dependencies: request.getDependenciesList(),
  };
}

/** Plain values of a program's outputs; secrets masked. */
async function resolved(outputs: Record<string, unknown>): Promise<Record<string, unknown>> {
  const entries = Object.entries(outputs).map(async ([key, value]): Promise<[string, unknown]> => {
    const output: pulumi.Output<unknown> = pulumi.output(value);
    const secret: boolean = await pulumi.isSecret(output);
    return [key, secret ? MASKED : await new Promise((resolve) => output.apply(resolve))];
  });
  return Object.fromEntries(await Promise.all(entries));
}
