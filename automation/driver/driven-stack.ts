import type { EngineEvent, Stack } from "@pulumi/pulumi/automation";
import { UserError } from "../errors";
import { EventGenerator, type ExpectedCounts } from "../generate/generator";
import { defaultGenerateOptions, type GenerateOptions } from "../generate/options";
import { Lander, toBucket, type LandedSummary } from "../ingest/lander";
import { AlertProbe, alertQueueDrained, type PurchaseAlert } from "../stack/alert-probe";
import { queryAthena, type QueryAnswer } from "../stack/athena";
import { runGold, runSilver, type EtlOptions, type GoldReport, type SilverReport } from "../stack/etl";
import { requireOwnLake, type ServingOutputs, type StackOutputs } from "../stack/outputs";
import { PipelineStack, type Deployment } from "../stack/pipeline-stack";
import type { Target } from "../stack/target";
import { queryWarehouse, type WarehouseAnswer } from "../stack/warehouse";

/** Which database and workgroup a query of {@link DrivenStack.query} uses. */
export interface QueryOptions {
  /** Tables without a database are this layer's. @default "gold" */
  layer?: "bronze" | "silver" | "gold";
  /** @default "adhoc" */
  workgroup?: "bi" | "adhoc";
  signal?: AbortSignal;
}

/** A stack with the things that a test or a script does to one that is up; each uses the outputs of the last `up`. */
export class DrivenStack extends PipelineStack {
  private lastOutputs: StackOutputs | undefined;
  private probe: AlertProbe | undefined;

  constructor(
    name: string,
    target: Target,
    region: string,
    stack: Stack,
    onProgress: (line: string) => void,
    onEngineEvent?: (event: EngineEvent) => void,
  ) {
    super(name, target, region, stack, onProgress, onEngineEvent);
  }

  override async up(signal?: AbortSignal): Promise<Deployment> {
    const deployment = await super.up(signal);
    this.lastOutputs = deployment.outputs;
    return deployment;
  }

  /**
   * Lands events as producers do: gzip JSON lines under their landing hour.
   *
   * @param events one event each: its JSON text, or what becomes it
   * @param landedAt when they land, which decides their prefix. @default now
   */
  async landEvents(events: Iterable<string | object>, landedAt: Date = new Date()): Promise<LandedSummary> {
    const lines = Array.from(events, (event) => {
      return { line: typeof event === "string" ? event : JSON.stringify(event), landedAt };
    });
    return (await this.lander()).land(lines);
  }

  /** Lands generated events. @returns what must come of them: counts, users, revenue and alerts */
  async landGenerated(options: Partial<GenerateOptions> = {}, thresholdUsd = 1000): Promise<ExpectedCounts> {
    const generator = new EventGenerator({ ...defaultGenerateOptions(), ...options }, thresholdUsd);
    await (await this.lander()).land(generator.lines());
    return generator.expected;
  }

  /** Runs both Glue jobs, waits for each, and gives their reports. @throws UserError where a run does not succeed */
  async runEtl(options: EtlOptions = {}): Promise<{ silver: SilverReport; gold: GoldReport }> {
    const outputs = await this.known();
    const silver = await runSilver(this.clients, outputs, options);
    const { signal, onProgress } = options;
    const gold = await runGold(this.clients, outputs, {
      ...(signal ? { signal } : {}),
      ...(onProgress ? { onProgress } : {}),
    });
    return { silver, gold };
  }

  /** Asks Athena. @throws UserError with Athena's own reason */
  async query(sql: string, { layer = "gold", workgroup = "adhoc", signal }: QueryOptions = {}): Promise<QueryAnswer> {
    const outputs = layer === "gold" ? await this.serving() : await this.known();
    const database = layer === "gold" ? outputs.goldDatabase : (outputs as StackOutputs)[`${layer}Database`];
    const at = { workgroup: outputs[`${workgroup}Workgroup`], database };
    return queryAthena(this.clients.athena, at, sql, signal);
  }

  /** Asks Redshift as its administrator. @throws UserError where the stack has no warehouse, or with Redshift's reason */
  async queryWarehouse(sql: string): Promise<WarehouseAnswer> {
    return queryWarehouse(this.clients, await this.known(), sql);
  }

  /** Subscribes to the alert topic; from now on {@link readAlerts} sees each alert. */
  async watchAlerts(): Promise<void> {
    this.probe ??= await AlertProbe.subscribe(this.clients, await this.known());
  }

  /**
   * Alerts since {@link watchAlerts}, as soon as `expected` have come and nothing waits in the queue any more, or the
   * time is over. More than expected are returned too.
   */
  async readAlerts(expected: number, timeoutSeconds?: number): Promise<PurchaseAlert[]> {
    const { probe } = this;
    if (probe === undefined) {
      throw new UserError(
        `Nobody listens to the alerts of ${this.name}: SNS does not keep what was published before.`,
        "Call watchAlerts() before the events land.",
      );
    }
    const outputs = await this.known();
    return probe.collect(expected, () => alertQueueDrained(this.clients, outputs), timeoutSeconds);
  }

  /**
   * Sets the clock by which the local target's alarms and schedules go, and lets the alarms be evaluated.
   * @throws UserError on AWS, whose time nobody sets
   */
  async advanceTime(to: Date): Promise<void> {
    const endpoint = this.target.endpointOf("cloudwatch");
    if (endpoint === undefined) {
      throw new UserError(
        `The time of the stack ${this.name} cannot be set: it is on AWS.`,
        "Use the local target for tests that need another time.",
      );
    }
    for (const [action, body] of [["clock", { now: to.toISOString() }] as const, ["evaluate", {}] as const]) {
      const answer = await fetch(`${endpoint}/_local/${action}`, { method: "POST", body: JSON.stringify(body) });
      if (!answer.ok) throw new Error(`The local cloud refuses ${action}: ${await answer.text()}`);
    }
  }

  /** Lets go of what the helpers made beside the stack. */
  protected async closeHelpers(): Promise<void> {
    const { probe } = this;
    this.probe = undefined;
    await probe?.close();
  }

  override async destroy(): Promise<void> {
    await this.closeHelpers().catch(() => undefined); // What a failed test left half done must not keep the stack.
    await super.destroy();
  }

  /** Outputs of a stack with a lake of its own. */
  private async known(): Promise<StackOutputs> {
    await this.serving();
    const outputs = this.lastOutputs as StackOutputs;
    requireOwnLake(this.name, outputs);
    return outputs;
  }

  /** What one asks by, whoever owns the lake. */
  private async serving(): Promise<ServingOutputs> {
    this.lastOutputs ??= await this.outputs();
    if (this.lastOutputs.pipelineName !== undefined) return this.lastOutputs;
    this.lastOutputs = undefined;
    throw new UserError(`The stack ${this.name} is not up.`, "Call up() first.");
  }

  private async lander(): Promise<Lander> {
    const { rawBucket: bucket, eventsPrefix: prefix } = await this.known();
    return new Lander(toBucket(this.clients.s3, { bucket, prefix }));
  }
}
