import type { Stack } from "@pulumi/pulumi/automation";
import program from "../index";
import { parseAge, type Age } from "./driver/age";
import { keepArtifacts } from "./driver/artifacts";
import { DrivenStack } from "./driver/driven-stack";
import { stackEventOf, type Phase, type StackEvent, type StackEventBody } from "./driver/events";
import { defaultCommit, defaultOwner, thisProcess } from "./driver/identity";
import { claimFolder, writeLease, type Lease } from "./driver/lease";
import { retryTransient } from "./driver/retry";
import { expiryText, withOwnershipTags } from "./driver/tags";
import { UserError, messageOf } from "./errors";
import { homeBeside } from "./stack/home";
import { interruptible, untilAborted, withCleanUp } from "./stack/interruption";
import type { Deployment } from "./stack/pipeline-stack";
import { checkStackName, ephemeralStackName } from "./stack/stack-name";
import { awsTarget, lastingLocalTarget, privateLocalTarget, type Target } from "./stack/target";
import type { TargetName } from "./stack/target-name";
import {
  committedConfig,
  openStack,
  removeStackFolder,
  setFullConfig,
  setProgramConfig,
  stackFolder,
  type ProgramConfig,
} from "./stack/workspace";
import { refuseLeftovers } from "./sweep/leftovers";

/** How long a throw-away stack may live. */
export const DEFAULT_TTL: Age = "2h";

/** Options of a throw-away copy of the pipeline. */
export interface EphemeralStackOptions {
  /** Where it is deployed; a {@link Target} of one's own is not closed. @default "local" */
  target?: TargetName | Target;
  /** @default a name nobody else has */
  name?: string;
  /** Config over Pulumi.dev.yaml, keys without namespace, for example `{ alertThresholdUsd: 500 }`. @default {} */
  config?: ProgramConfig;
  /** On every tag, metric and alert. @default that of Pulumi.dev.yaml, else the program's own */
  team?: string;
  /** AWS region. @default that of Pulumi.dev.yaml */
  region?: string;
  /** How long it may live before `cli sweep` removes it. @default "2h" */
  ttl?: Age;
  /** Tag `owner`. @default CI's actor, else the user of this machine */
  owner?: string;
  /** Tag `commit`. @default CI's commit, else the checkout's */
  commit?: string;
  /** Keep the stack after use, until it expires. @default whether KEEP_STACK=1 is set */
  keep?: boolean;
  /** Backend of the state, as `pulumi login` takes it. @default a folder for local; on AWS the login of this machine */
  backendUrl?: string;
  /** As `pulumi stack init --secrets-provider` takes it. @default CLICKSTREAM_SECRETS_PROVIDER, else the backend's own */
  secretsProvider?: string;
  /** Attempts of an `up` that fails for a reason that passes by itself (throttling, network). @default 3 */
  attempts?: number;
  /** Look after destroy whether anything of the stack is left, and fail if so. @default true */
  verify?: boolean;
  /** One short line for each thing the engine does. @default nothing is shown */
  onProgress?: (line: string) => void;
  /** Progress as data. @default none */
  onEvent?: (event: StackEvent) => void;
}

/**
 * A full copy of the pipeline with a name of its own. Use {@link withEphemeralStack}, which destroys it whatever
 * happens; this class is for callers with hooks of their own, such as a test suite.
 */
export class EphemeralStack extends DrivenStack {
  /** Every event so far, the oldest first. */
  readonly events: StackEvent[];

  private constructor(
    readonly lease: Lease,
    target: Target,
    region: string,
    stack: Stack,
    private readonly options: EphemeralStackOptions,
    private readonly recorder: Recorder,
  ) {
    super(lease.name, target, region, stack, options.onProgress ?? (() => undefined), (event) => {
      const told = stackEventOf(event);
      if (told !== undefined) recorder.record(told);
    });
    this.events = recorder.events;
  }

  /** Prepares target and workspace; nothing is deployed yet. A failure leaves nothing behind. */
  static async create(options: EphemeralStackOptions = {}): Promise<EphemeralStack> {
    const name = checkStackName(options.name ?? ephemeralStackName());
    const recorder = new Recorder(name, options.onEvent);
    return recorder.phase("create", async () => {
      const lease = leaseFor(name, options);
      await claimFolder(stackFolder(name), lease);
      let target: Target | undefined;
      try {
        target = await openTarget(options, name);
        const { cloud } = target;
        const held = cloud === undefined ? lease : { ...lease, cloud: { pid: cloud.pid, dir: cloud.dir } };
        if (held !== lease) await writeLease(stackFolder(name), held);
        const { stack, region } = await prepare(name, target, options, held);
        return new EphemeralStack(held, target, region, stack, options, recorder);
      } catch (error) {
        await target?.close();
        await removeStackFolder(name);
        throw error;
      }
    });
  }

  /** Creates or updates every resource; a failure that passes by itself is tried again. */
  override async up(signal?: AbortSignal): Promise<Deployment> {
    return this.recorder.phase("up", () =>
      retryTransient(() => super.up(signal), {
        ...(this.options.attempts === undefined ? {} : { attempts: this.options.attempts }),
        ...(signal ? { signal } : {}),
        onRetry: (attempt, afterSeconds, error) =>
          this.recorder.record({ type: "retry", phase: "up", attempt, afterSeconds, reason: messageOf(error) }),
      }),
    );
  }

  /** Destroys all resources and what this machine keeps of the stack. @throws UserError where something is left */
  override async destroy(): Promise<void> {
    await this.recorder.phase("destroy", () => super.destroy());
  }

  /** Keeps error, events, state and logs in build/artifacts/<stack>. @returns the folder */
  async keepArtifacts(error: unknown): Promise<string> {
    return keepArtifacts(this, error, this.events);
  }

  protected override async afterDestroy(): Promise<void> {
    if (this.options.verify === false) return;
    await this.recorder.phase("verify", () => refuseLeftovers(this.name, this.target, this.region));
  }
}

/** Gathers events and hands them on. */
class Recorder {
  readonly events: StackEvent[] = [];

  constructor(
    private readonly stack: string,
    private readonly onEvent: (event: StackEvent) => void = () => undefined,
  ) {}

  record(body: StackEventBody): void {
    const event = { at: Date.now(), stack: this.stack, ...body };
    this.events.push(event);
    this.onEvent(event);
  }

  async phase<T>(phase: Phase, work: () => Promise<T>): Promise<T> {
    const from = performance.now();
    const seconds = (): number => (performance.now() - from) / 1000;
    this.record({ type: "phase", phase, status: "started" });
    try {
      const result = await work();
      this.record({ type: "phase", phase, status: "finished", seconds: seconds() });
      return result;
    } catch (error) {
      this.record({ type: "phase", phase, status: "failed", seconds: seconds(), error: messageOf(error) });
      throw error;
    }
  }
}

function leaseFor(name: string, options: EphemeralStackOptions): Lease {
  const created = new Date();
  const { target = "local", region, backendUrl: backend } = options;
  if (backend !== undefined && /\/\/[^/]*@/.test(backend)) {
    throw new UserError(
      "The backend's URL holds a user or a password.",
      "Give credentials in the environment instead.",
    );
  }
  return {
    name,
    target: typeof target === "string" ? target : target.name,
    ...(region === undefined ? {} : { region }),
    owner: options.owner ?? defaultOwner(),
    commit: options.commit ?? defaultCommit(),
    created: created.toISOString(),
    expires: expiryText(new Date(created.getTime() + parseAge(options.ttl ?? DEFAULT_TTL))),
    keep: keeps(options),
    driver: thisProcess(),
    ...(backend === undefined ? {} : { backend }),
  };
}

async function prepare(
  name: string,
  target: Target,
  options: EphemeralStackOptions,
  { owner, commit, expires }: Lease,
): Promise<{ stack: Stack; region: string }> {
  const secretsProvider = options.secretsProvider ?? process.env["CLICKSTREAM_SECRETS_PROVIDER"];
  const stack = await openStack(name, target, program, {
    home: homeBeside(name, options.config?.["lakeStack"]),
    ...(options.backendUrl === undefined ? {} : { backendUrl: options.backendUrl }),
    ...(secretsProvider === undefined ? {} : { secretsProvider }),
  });
  const config = await committedConfig("dev");
  const region = options.region ?? regionOf(config);
  await setFullConfig(stack, { ...config, "aws:region": region });
  // A throw-away stack must be deletable: both deletion keys are on.
  const own: ProgramConfig = { deleteData: true, allowDelete: true, ...teamOf(options), ...options.config };
  await setProgramConfig(stack, withOwnershipTags(own, { owner, commit, expires: new Date(expires) }));
  return { stack, region };
}

function teamOf({ team }: EphemeralStackOptions): ProgramConfig {
  return team === undefined ? {} : { team };
}

function regionOf(config: Readonly<Record<string, string | object>>): string {
  const region = config["aws:region"];
  return typeof region === "string" ? region : "us-east-1";
}

function keeps(options: EphemeralStackOptions): boolean {
  return options.keep ?? process.env["KEEP_STACK"] === "1";
}

async function openTarget(options: EphemeralStackOptions, name: string): Promise<Target> {
  if (typeof options.target === "object") return { ...options.target, close: () => Promise.resolve() };
  if (options.target === "aws") return awsTarget();
  // A kept stack needs a cloud that outlives this process; the others' must never outlive it.
  return keeps(options) ? lastingLocalTarget(name, { start: true }) : privateLocalTarget();
}

/** What a body of {@link withEphemeralStack} works with. */
export interface StackSession extends Deployment {
  stack: EphemeralStack;
  /** Aborted on Ctrl-C and on SIGTERM. */
  signal: AbortSignal;
}

/**
 * Brings a stack up, runs `body`, and destroys the stack whether or not either failed, also on Ctrl-C. With
 * KEEP_STACK=1 (or `keep`) the stack stays. What explains a failure is kept in build/artifacts/<stack>.
 */
export async function withEphemeralStack<T>(
  options: EphemeralStackOptions,
  body: (session: StackSession) => Promise<T>,
): Promise<T> {
  return interruptible(async (signal) => {
    const stack = await EphemeralStack.create(options);
    const use = async (): Promise<T> => {
      try {
        const deployment = await stack.up(signal);
        return await untilAborted(body({ stack, signal, ...deployment }), signal);
      } catch (error) {
        if (!signal.aborted) process.stderr.write(`${await kept(stack, error)}\n`);
        throw error;
      }
    };
    return withCleanUp(use, () => (keeps(options) ? stack.release() : stack.destroy()));
  });
}

/** A failure to keep traces must not hide the failure itself. */
async function kept(stack: EphemeralStack, error: unknown): Promise<string> {
  return stack.keepArtifacts(error).then(
    (folder) => `What explains the failure of ${stack.name} is kept in ${folder}`,
    (cause: unknown) => `Nothing could be kept of the failure of ${stack.name}: ${messageOf(cause)}`,
  );
}
