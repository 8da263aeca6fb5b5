import type {
  ConfigMap,
  Deployment as EngineState,
  EngineEvent,
  OutputMap,
  Stack,
  UpResult,
} from "@pulumi/pulumi/automation";
import { parseConfig } from "../../config";
import { messageOf } from "../errors";
import type { StackOutputs } from "./outputs";
import { awsClients, type AwsClients } from "./clients";
import type { Target } from "./target";
import { engineErrors } from "./engine-errors";
import { withoutSourceMaps } from "./plain-traces";
import { removeStackFolder, setProgramConfig, type ProgramConfig } from "./workspace";

/** Number of resources by what an `up` did, or would do, to them. */
export type ResourceChanges = Readonly<Partial<Record<"create" | "update" | "delete" | "replace" | "same", number>>>;

export interface Deployment {
  outputs: StackOutputs;
  changes: ResourceChanges;
  /** Logical names of the resources that were created, updated, replaced or deleted, in order. */
  touched: string[];
}

/** One stack of the pipeline on one target: the engine's operations with typed outputs. */
export class PipelineStack {
  private clientsOfTarget: AwsClients | undefined;

  constructor(
    readonly name: string,
    readonly target: Target,
    readonly region: string,
    private readonly stack: Stack,
    private readonly onProgress: (line: string) => void,
    private readonly onEngineEvent: (event: EngineEvent) => void = () => undefined,
  ) {}

  /** SDK clients of the stack's target. */
  get clients(): AwsClients {
    this.clientsOfTarget ??= awsClients(this.target, this.region);
    return this.clientsOfTarget;
  }

  /** Creates or updates every resource. */
  async up(signal?: AbortSignal): Promise<Deployment> {
    const touched: string[] = [];
    const result = await this.engineRun(`The deployment of ${this.name}`, () =>
      this.stack.up({
        onOutput: this.progress,
        onEvent: (engineEvent) => {
          this.onEngineEvent(engineEvent);
          const { resOutputsEvent: event } = engineEvent;
          if (event !== undefined && event.metadata.op !== "same") touched.push(logicalName(event.metadata.urn));
        },
        color: "never",
        ...(signal ? { signal } : {}),
      }),
    );
    return { outputs: typedOutputs(result.outputs), changes: changesOf(result), touched };
  }

  /** What `up` would do, without doing it. */
  async preview(signal?: AbortSignal): Promise<ResourceChanges> {
    const options = { onOutput: this.progress, color: "never" as const, ...(signal ? { signal } : {}) };
    const result = await this.engineRun(`The preview of ${this.name}`, () => this.stack.preview(options));
    return result.changeSummary;
  }

  /**
   * An operation that runs the program. A value of the wrong type is refused by the engine, one key at a time and
   * without the program; then the program's own check says everything that is wrong, with its rule and fix.
   */
  private async engineRun<T>(what: string, operation: () => Promise<T>): Promise<T> {
    try {
      return await engineErrors(what, withoutSourceMaps(operation));
    } catch (error) {
      if (messageOf(error).includes("validating stack config")) {
        const config = Object.entries(await this.stack.getAllConfig());
        parseConfig(Object.fromEntries(config.map(([key, { value }]) => [key, value])));
      }
      throw error;
    }
  }

  /** Sets config keys of the program for the next `up`. */
  async configure(config: ProgramConfig): Promise<void> {
    await setProgramConfig(this.stack, config);
  }

  /** A config key of the program as it is set on the stack, undefined where it is not. */
  async programConfig(key: string): Promise<string | undefined> {
    return (await this.stack.getAllConfig())[`clickstream:${key}`]?.value;
  }

  /** State and config with their secrets in clear, as the Automation API hands them out: mask what leaves the process. */
  async exported(): Promise<{ state: EngineState; config: ConfigMap }> {
    return { state: await this.stack.exportStack(), config: await this.stack.getAllConfig() };
  }

  /** Outputs of the last `up`; empty where there was none. */
  async outputs(): Promise<StackOutputs> {
    return typedOutputs(await this.stack.outputs());
  }

  /** Destroys all resources and removes the stack's state, then lets go of the target. */
  async destroy(): Promise<void> {
    try {
      await this.stack.cancel().catch(() => undefined); // The lock of an interrupted update would refuse the destroy.
      const onEvent = this.onEngineEvent;
      const destroyed = this.stack.destroy({ onOutput: this.progress, onEvent, color: "never" });
      await engineErrors(`The destruction of ${this.name}`, destroyed);
      await this.stack.workspace.removeStack(this.name);
      await removeStackFolder(this.name);
      await this.afterDestroy();
    } finally {
      await this.release();
    }
  }

  /** Called when all is destroyed and the target is still there. */
  protected afterDestroy(): Promise<void> {
    return Promise.resolve();
  }

  /** Leaves the stack in place and lets go of clients and target. */
  async release(): Promise<void> {
    this.clientsOfTarget?.destroy();
    this.clientsOfTarget = undefined;
    await this.target.close();
  }

  private readonly progress = (text: string): void => {
    for (const line of text.split("\n")) if (line.trim() !== "") this.onProgress(line.trim());
  };
}

/** `urn:pulumi:stack::project::type::name` → `name`. */
function logicalName(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

function changesOf(result: UpResult): ResourceChanges {
  return result.summary.resourceChanges ?? {};
}

// The program's return type is StackOutputs; the engine hands the same names back with resolved values.
function typedOutputs(outputs: OutputMap): StackOutputs {
  const values = Object.entries(outputs).map(([key, { value }]) => [key, value as string]);
  return Object.fromEntries(values) as StackOutputs;
}
