import { setTimeout as sleep } from "node:timers/promises";
import {
  DescribeAlarmHistoryCommand,
  DescribeAlarmsCommand,
  GetMetricStatisticsCommand,
  ListMetricsCommand,
} from "@aws-sdk/client-cloudwatch";
import { expect } from "chai";
import type { EphemeralStack } from "../../../automation/ephemeral-stack";
import type { StackOutputs } from "../../../automation/stack/outputs";
import { ALARMS } from "../../../components/operations/alarm-list";
import type { AlarmRow } from "../../../components/operations/alarm-list-types";
import { METRICS, METRICS_NAMESPACE, type MetricId } from "../../../handlers/operations/metrics";
import type { DrillClock } from "./drill-clock";
import type { DrillRoutes, Told } from "./drill-routes";
import type { Deployed } from "./lake";
import { eventually } from "./processes";

const MINUTE_MS = 60_000;
/** SNS, the notifier and Slack, in real time. */
const DELIVERY_SECONDS = 30;
/** Time for a message too many to arrive, in milliseconds. */
const SETTLE_MS = 400;
/** After a cause is gone its alarm ends within this many minutes, suppressions and hourly measurements included. */
const LONGEST_RECOVERY = 130;
const KINDS = ["MetricAlarm", "CompositeAlarm"] as const;

/** One drill after the other on one stack. */
export class Drills {
  private since = new Date(0);

  constructor(
    private readonly stack: EphemeralStack,
    private readonly outputs: StackOutputs,
    readonly clock: DrillClock,
    readonly routes: DrillRoutes,
  ) {}

  /** Begins a drill: its cause comes after this, or at `cause`, from which the stated delay counts. */
  async begin(cause?: Date): Promise<void> {
    await this.quiet();
    this.since = cause ?? this.clock.now();
  }

  /**
   * Goes on until the alarm tells people, which must be within its stated delay, and asserts what it tells: one message,
   * on its row's route, that names the alarm.
   * @param key of the alarm: the row's id, for a queue `<id>-<part>`
   */
  async alarmed(key: string): Promise<void> {
    const row = rowOf(key);
    const last = this.since.getTime() + row.delay.minutes * MINUTE_MS;
    await this.until(key, "ALARM", last, `${key} tells nobody within ${String(row.delay.minutes)} minutes`);
    await this.expectTold(row, key, ["alarm"]);
  }

  /** Goes on until the alarm tells its recovery, and asserts that alarm and recovery are all that was told. */
  async recovered(key: string): Promise<void> {
    const row = rowOf(key);
    const last = this.clock.now().getTime() + LONGEST_RECOVERY * MINUTE_MS;
    await this.until(key, "OK", last, `the recovery of ${key} is not told`);
    await this.expectTold(row, key, ["alarm", "recovery"]);
    await this.routes.forget();
  }

  /** Asserts that nobody was told anything since the last recovery. */
  async quiet(): Promise<void> {
    await sleep(SETTLE_MS);
    const told = await this.routes.messages();
    // One drill's trouble is not the next one's.
    await this.routes.forget();
    expect(told, "messages that nobody expects").to.deep.equal([]);
  }

  private async until(key: string, state: string, last: number, failure: string): Promise<void> {
    while (!(await this.acted(key, state))) {
      if (this.clock.now().getTime() + MINUTE_MS > last) throw new Error(`${failure}. ${await this.describe()}`);
      await this.clock.minute();
    }
  }

  /** Whether the last that the alarm did in this drill was to tell of a state. */
  private async acted(key: string, state: string): Promise<boolean> {
    const { AlarmHistoryItems = [] } = await this.stack.clients.cloudWatch.send(
      new DescribeAlarmHistoryCommand({
        AlarmName: `${this.outputs.pipelineName}-${key}`,
        AlarmTypes: [...KINDS],
        StartDate: this.since,
      }),
    );
    const newest = AlarmHistoryItems.find(({ HistoryItemType }) => HistoryItemType !== "ConfigurationUpdate");
    if (newest?.HistoryItemType !== "Action" || !newest.HistorySummary?.startsWith("Successfully")) return false;
    return (await this.stateOf(key)) === state;
  }

  private async stateOf(key: string): Promise<string | undefined> {
    const names = [`${this.outputs.pipelineName}-${key}`];
    const describe = new DescribeAlarmsCommand({ AlarmNames: names, AlarmTypes: [...KINDS] });
    const { MetricAlarms = [], CompositeAlarms = [] } = await this.stack.clients.cloudWatch.send(describe);
    return [...MetricAlarms, ...CompositeAlarms][0]?.StateValue;
  }

  private async expectTold(row: AlarmRow, key: string, kinds: readonly ("alarm" | "recovery")[]): Promise<void> {
    const heard = async (): Promise<boolean> => (await this.routes.messages()).length >= kinds.length;
    await eventually(`the ${kinds.at(-1) ?? ""} message of ${key}`, heard, DELIVERY_SECONDS, 50).catch(() => undefined);
    await sleep(SETTLE_MS);
    const told = await this.routes.messages();
    const shown = told.map(({ route, headline }) => `${route}: ${headline}`);
    const route = row.severity === "critical" ? "pager" : "slack";
    const expected = kinds.map((kind) => `${route}: ${this.headlineOf(row, key, kind)}`);
    expect(shown, await this.describe()).to.deep.equal(expected);
    for (const message of told) expect(namesAlarm(message, row), message.text).to.equal(true);
  }

  private headlineOf(row: AlarmRow, key: string, kind: "alarm" | "recovery"): string {
    const { pipelineName } = this.outputs;
    if (kind === "alarm" && row.route === "pager-direct") {
      return `ALARM: "${pipelineName}-${key}" in US East (N. Virginia)`;
    }
    const part = Object.entries(row.parts ?? {}).find(([name]) => key === `${row.id}-${name}`)?.[1];
    const title = part === undefined ? row.title : `${row.title}: ${part}`;
    return `[${kind === "recovery" ? "RECOVERED" : row.severity.toUpperCase()}] ${title} (${pipelineName})`;
  }

  /** All alarms that are on, for a failure's message. */
  private async describe(): Promise<string> {
    const describe = new DescribeAlarmsCommand({ AlarmTypes: [...KINDS], StateValue: "ALARM" });
    const { MetricAlarms = [], CompositeAlarms = [] } = await this.stack.clients.cloudWatch.send(describe);
    const on = [...MetricAlarms, ...CompositeAlarms].map((one) => `${one.AlarmName ?? ""}: ${one.StateReason ?? ""}`);
    return `At ${this.clock.now().toISOString()} these alarms are on:\n${on.join("\n")}`;
  }
}

/** The largest value of a metric within a minute of an instant, epoch milliseconds; undefined without one. */
export async function measured({ clients }: Deployed, id: MetricId, instant: number): Promise<number | undefined> {
  const metric = { Namespace: METRICS_NAMESPACE, MetricName: METRICS[id].name };
  const { Metrics = [] } = await clients.cloudWatch.send(new ListMetricsCommand(metric));
  const period = { StartTime: new Date(instant - MINUTE_MS), EndTime: new Date(instant + MINUTE_MS), Period: 60 };
  const { Datapoints = [] } = await clients.cloudWatch.send(
    new GetMetricStatisticsCommand({
      ...metric,
      ...period,
      Dimensions: Metrics[0]?.Dimensions,
      Statistics: ["Maximum"],
    }),
  );
  const values = Datapoints.flatMap(({ Maximum }) => Maximum ?? []);
  return values.length === 0 ? undefined : Math.max(...values);
}

function rowOf(key: string): AlarmRow {
  const row = ALARMS.find(({ id, parts }) => (parts === undefined ? id === key : key.startsWith(`${id}-`)));
  if (row === undefined) throw new Error(`the alarm list has no alarm ${key}`);
  return row;
}

/** Every message leads to its alarm's runbook, those straight from CloudWatch by the alarm's description. */
function namesAlarm({ text }: Told, row: AlarmRow): boolean {
  return text.includes(`${row.id}.md`);
}
