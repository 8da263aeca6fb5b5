import { InvokeCommand } from "@aws-sdk/client-lambda";
import { DisableRuleCommand, ListRulesCommand } from "@aws-sdk/client-eventbridge";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { expect } from "chai";
import type { EphemeralStack } from "../../../automation/ephemeral-stack";
import type { StackOutputs } from "../../../automation/stack/outputs";

const MINUTE_MS = 60_000;
/** Minutes between two pulses (the pulse's rule). */
const PULSE_MINUTES = 5;
/** Minutes between two heartbeats of the producer. */
const HEARTBEAT_MINUTES = 15;
/** CloudWatch takes values of the next two hours; the pulse of a hop must be one of them. */
const HOP_MINUTES = 90;
const PRODUCER = "web";

/**
 * The time of the drills. It goes on at real speed between two steps, and never back. In a step it does what the stack's
 * schedules would: a pulse every five minutes, an evaluation of all alarms every minute.
 */
export class DrillClock {
  private heartbeats = false;
  private ahead = 0;

  private constructor(
    private readonly stack: EphemeralStack,
    private readonly outputs: StackOutputs,
  ) {}

  /** Begins at `start`, a whole minute. The stack's own pulse, which has the real time, is switched off. */
  static async start(stack: EphemeralStack, outputs: StackOutputs, start: Date): Promise<DrillClock> {
    const clock = new DrillClock(stack, outputs);
    await stack.clients.eventBridge.send(new DisableRuleCommand({ Name: await clock.pulseRule() }));
    await clock.set(start);
    return clock;
  }

  /** From now on the producer sends its heartbeat, as it does while its data is complete. */
  async startHeartbeats(): Promise<void> {
    const Key = `heartbeats/${PRODUCER}.json`;
    await this.stack.clients.s3.send(new PutObjectCommand({ Bucket: this.outputs.rawBucket, Key, Body: "{}" }));
    this.heartbeats = true;
  }

  now(): Date {
    return new Date(Date.now() + this.ahead);
  }

  /** Goes on to the next whole minute. */
  async minute(evaluated = true): Promise<void> {
    const next = new Date((Math.floor(this.now().getTime() / MINUTE_MS) + 1) * MINUTE_MS);
    await this.set(next);
    const minute = next.getUTCMinutes();
    if (this.heartbeats && minute % HEARTBEAT_MINUTES === 0) await this.beat(next);
    if (minute % PULSE_MINUTES === 0) await this.pulse(next);
    if (evaluated || minute % PULSE_MINUTES === 1) await this.local("evaluate", {});
  }

  /** Goes on minute by minute. */
  async go(minutes: number): Promise<void> {
    for (let passed = 0; passed < minutes; passed += 1) await this.minute();
  }

  /** Hours in which nothing but the schedules happens: alarms are evaluated after each pulse. */
  async goHours(hours: number): Promise<void> {
    for (let passed = 0; passed < hours * 60; passed += 1) await this.minute(false);
  }

  /** Goes to `instant` in hops, with one heartbeat and one pulse each: hours of which no drill is about. */
  async skipTo(instant: Date): Promise<void> {
    while (this.now().getTime() < instant.getTime()) {
      const left = instant.getTime() - this.now().getTime();
      const next = new Date(this.now().getTime() + Math.min(left, HOP_MINUTES * MINUTE_MS));
      // Two minutes before, and never in the first five of an hour, in which the query log would be read.
      const pulse = new Date(next.getTime() - 2 * MINUTE_MS);
      if (pulse.getUTCMinutes() < PULSE_MINUTES) pulse.setUTCMinutes(-2);
      await this.beat(pulse);
      await this.pulse(pulse);
      await this.set(next);
      await this.local("evaluate", {});
    }
  }

  /** Goes to the real time if that is later, since what is real bears its time. */
  async catchUp(): Promise<void> {
    if (this.ahead < 0) await this.skipTo(new Date());
  }

  /** Calls a function of the stack as of an instant. */
  async invoke(FunctionName: string, event: object): Promise<void> {
    const Payload = Buffer.from(JSON.stringify(event));
    const answer = await this.stack.clients.lambda.send(new InvokeCommand({ FunctionName, Payload }));
    expect(answer.FunctionError, Buffer.from(answer.Payload ?? []).toString()).to.equal(undefined);
  }

  /** What only tests ask of the local engines: `POST /_local/<name>`. */
  async local(name: string, body: object): Promise<void> {
    const url = `${this.stack.target.endpointOf("cloudwatch") ?? ""}/_local/${name}`;
    const answer = await fetch(url, { method: "POST", body: JSON.stringify(body) });
    expect(answer.status, await answer.text()).to.equal(200);
  }

  private async set(now: Date): Promise<void> {
    this.ahead = now.getTime() - Date.now();
    await this.local("clock", { now: now.toISOString() });
  }

  private pulse(at: Date): Promise<void> {
    return this.invoke(this.outputs.pulseFunction, { time: at.toISOString() });
  }

  /**
   * The heartbeat lands. The object is there once and for all; it is S3's event that bears another time, which no client
   * can make S3 write. A heartbeat without `at` counts as of its landing.
   */
  private beat(at: Date): Promise<void> {
    const { rawBucket, landingFunction } = this.outputs;
    const event = {
      source: "aws.s3",
      "detail-type": "Object Created",
      time: at.toISOString(),
      detail: { bucket: { name: rawBucket }, object: { key: `heartbeats/${PRODUCER}.json`, size: 2 } },
    };
    const record = { messageId: at.toISOString(), receiptHandle: "none", body: JSON.stringify(event) };
    return this.invoke(landingFunction, { Records: [record] });
  }

  private async pulseRule(): Promise<string> {
    const list = new ListRulesCommand({ NamePrefix: `${this.outputs.pipelineName}-ops-pulse` });
    const { Rules = [] } = await this.stack.clients.eventBridge.send(list);
    const [rule] = Rules.filter(({ ScheduleExpression }) => ScheduleExpression !== undefined);
    expect(rule?.Name, "the rule of the pulse").to.be.a("string");
    return rule?.Name ?? "";
  }
}
