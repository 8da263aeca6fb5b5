import { expect } from "chai";
import { ALARMS, alarmDescription } from "../../../../components/operations/alarm-list";
import type { AlarmRow } from "../../../../components/operations/alarm-list-types";
import { Alarms, type AlarmsArgs } from "../../../../components/operations/alarms";
import { deploy, expectNamesPrefixed, type Recording } from "../../support/cloud-mocks";

const NAME = "clickstream-test-ops";
const P = "clickstream-test";
const INTAKE = "arn:aws:sns:eu-west-1:123456789012:intake";
const PAGER = "arn:aws:sns:eu-west-1:123456789012:pager";
const ARGS: AlarmsArgs = {
  dimensions: { team: "web", environment: "dev", pipeline: P },
  intakeTopicArn: INTAKE,
  pagerTopicArn: PAGER,
  deadLetters: { alerts: "alerts-dlq", loads: "loads-dlq" },
  notifierDeadLetters: "notifier-dlq",
  pagerDeadLetters: "pager-dlq",
  warehouse: true,
  tags: { pipeline: P },
};
const DIMENSIONS = { Team: "web", Environment: "dev", Pipeline: P };

function row(id: string): AlarmRow {
  const found = ALARMS.find((one) => one.id === id);
  if (found === undefined) throw new Error(`no row ${id}`);
  return found;
}

function told(id: string): Record<string, unknown> {
  const { severity, owner, runbook } = row(id);
  return {
    alarmDescription: alarmDescription(row(id), undefined),
    tags: { pipeline: P, severity, owner, runbook },
  };
}

const TO_NOTIFIER = { alarmActions: [INTAKE], okActions: [INTAKE] };

describe("Alarms", () => {
  let recording: Recording;
  before(async () => {
    recording = await deploy(() => new Alarms(NAME, ARGS));
  });

  it("makes an alarm a row or queue, and a composite for each row that others explain", () => {
    expectNamesPrefixed(recording);
    const keys = (type: string): string[] =>
      recording
        .ofType(type)
        .map(({ name }) => name.slice(NAME.length + 1))
        .sort();
    expect(keys("MetricAlarm")).to.deep.equal([
      "archive-lag-metric",
      "boundary-lag",
      "conservation-broken",
      "cost-spike",
      "data-not-arriving",
      "dead-letters-alerts",
      "dead-letters-loads",
      "drift-additive",
      "drift-breaking",
      "etl-failed-metric",
      "gold-stale-metric",
      "monitoring-blind",
      "notifier-failing",
      "pager-undelivered",
      "quality-low-metric",
      "quarantine-growth-metric",
      "query-slow",
      "volume-off-metric",
      "warehouse-unhealthy",
    ]);
    expect(keys("CompositeAlarm")).to.deep.equal([
      "archive-lag",
      "archive-lag-explained",
      "etl-failed",
      "gold-stale",
      "gold-stale-explained",
      "quality-low",
      "quality-low-explained",
      "quarantine-growth",
      "quarantine-growth-explained",
      "volume-off",
    ]);
  });

  it("data-not-arriving has exactly these inputs", () => {
    expect(recording.inputs("MetricAlarm", `${NAME}-data-not-arriving`)).to.deep.equal({
      name: `${P}-data-not-arriving`,
      ...told("data-not-arriving"),
      namespace: "Clickstream",
      metricName: "DataFreshness",
      dimensions: DIMENSIONS,
      statistic: "Maximum",
      period: 300,
      evaluationPeriods: 1,
      datapointsToAlarm: 1,
      threshold: 5400,
      comparisonOperator: "GreaterThanThreshold",
      treatMissingData: "ignore",
      ...TO_NOTIFIER,
    });
  });

  it("an explained row's metric alarm tells nobody; its composite does, unless an explanation is on", () => {
    expect(recording.inputs("MetricAlarm", `${NAME}-gold-stale-metric`)).to.deep.equal({
      name: `${P}-gold-stale-metric`,
      ...told("gold-stale"),
      namespace: "Clickstream",
      metricName: "GoldFreshness",
      dimensions: DIMENSIONS,
      statistic: "Maximum",
      period: 300,
      evaluationPeriods: 1,
      datapointsToAlarm: 1,
      threshold: 7200,
      comparisonOperator: "GreaterThanThreshold",
      treatMissingData: "ignore",
    });
    expect(recording.inputs("CompositeAlarm", `${NAME}-gold-stale`)).to.deep.equal({
      alarmName: `${P}-gold-stale`,
      ...told("gold-stale"),
      alarmRule: `ALARM("${P}-gold-stale-metric")`,
      actionsSuppressor: { alarm: `${P}-gold-stale-explained`, waitPeriod: 120, extensionPeriod: 5400 },
      ...TO_NOTIFIER,
    });
    expect(recording.inputs("CompositeAlarm", `${NAME}-gold-stale-explained`)).to.deep.equal({
      alarmName: `${P}-gold-stale-explained`,
      alarmDescription: "Tells nobody: while it is on, gold-stale is explained by another alarm.",
      alarmRule: `ALARM("${P}-etl-failed") OR ALARM("${P}-data-not-arriving") OR ALARM("${P}-conservation-broken")`,
      tags: { pipeline: P },
    });
  });

  it("one explanation suppresses by itself", () => {
    expect(recording.inputs("CompositeAlarm", `${NAME}-etl-failed`)["actionsSuppressor"]).to.deep.equal({
      alarm: `${P}-conservation-broken`,
      waitPeriod: 120,
      extensionPeriod: 600,
    });
  });

  it("compares two metrics of the same hour by an expression", () => {
    const query = (id: string, metricName: string): Record<string, unknown> => ({
      id,
      metric: { namespace: "Clickstream", metricName, dimensions: DIMENSIONS, stat: "Maximum", period: 3600 },
      returnData: false,
    });
    expect(recording.inputs("MetricAlarm", `${NAME}-cost-spike`)).to.deep.equal({
      name: `${P}-cost-spike`,
      ...told("cost-spike"),
      metricQueries: [
        {
          id: "judged",
          expression: "cost / budget * 100",
          label: "Cost of the last whole day in percent of a day's budget",
          returnData: true,
        },
        query("cost", "DailyCostUsd"),
        query("budget", "DailyBudgetUsd"),
      ],
      evaluationPeriods: 1,
      datapointsToAlarm: 1,
      threshold: 120,
      comparisonOperator: "GreaterThanThreshold",
      treatMissingData: "ignore",
      ...TO_NOTIFIER,
    });
  });

  it("watches each dead-letter queue that it was given", () => {
    for (const part of ["alerts", "loads"]) {
      expect(recording.inputs("MetricAlarm", `${NAME}-dead-letters-${part}`)).to.deep.equal({
        name: `${P}-dead-letters-${part}`,
        ...told("dead-letters"),
        namespace: "AWS/SQS",
        metricName: "ApproximateNumberOfMessagesVisible",
        dimensions: { QueueName: `${part}-dlq` },
        statistic: "Maximum",
        period: 300,
        evaluationPeriods: 1,
        datapointsToAlarm: 1,
        threshold: 0,
        comparisonOperator: "GreaterThanThreshold",
        treatMissingData: "ignore",
        ...TO_NOTIFIER,
      });
    }
  });

  it("what the notifier cannot tell goes straight to the pager; the notifier tells its recovery", () => {
    const direct = { alarmActions: [PAGER, INTAKE], okActions: [INTAKE] };
    expect(recording.inputs("MetricAlarm", `${NAME}-notifier-failing`)).to.deep.include({
      dimensions: { QueueName: "notifier-dlq" },
      ...direct,
    });
    expect(recording.inputs("MetricAlarm", `${NAME}-monitoring-blind`)).to.deep.equal({
      name: `${P}-monitoring-blind`,
      ...told("monitoring-blind"),
      namespace: "Clickstream",
      metricName: "Pulse",
      dimensions: DIMENSIONS,
      statistic: "Sum",
      period: 300,
      evaluationPeriods: 3,
      datapointsToAlarm: 3,
      threshold: 1,
      comparisonOperator: "LessThanThreshold",
      treatMissingData: "breaching",
      warmUpConfiguration: { warmUpPeriodDurationInMinutes: 30 },
      ...direct,
    });
    const others = recording
      .ofType("MetricAlarm")
      .filter(({ inputs }) => (inputs["alarmActions"] as string[] | undefined)?.includes(PAGER));
    expect(others.map(({ name }) => name.slice(NAME.length + 1)).sort()).to.deep.equal([
      "monitoring-blind",
      "notifier-failing",
    ]);
    expect(recording.inputs("MetricAlarm", `${NAME}-pager-undelivered`)).to.deep.include({
      dimensions: { QueueName: "pager-dlq" },
      ...TO_NOTIFIER,
    });
  });

  it("a stack without a warehouse, a pager and queues has none of their alarms", async () => {
    const { pagerDeadLetters: _none, ...rest } = ARGS;
    const small = await deploy(() => new Alarms(NAME, { ...rest, warehouse: false, deadLetters: {} }));
    const names = small.ofType("MetricAlarm").map(({ name }) => name.slice(NAME.length + 1));
    const all = recording.ofType("MetricAlarm").map(({ name }) => name.slice(NAME.length + 1));
    expect(all.filter((name) => !names.includes(name)).sort()).to.deep.equal([
      "boundary-lag",
      "dead-letters-alerts",
      "dead-letters-loads",
      "pager-undelivered",
      "warehouse-unhealthy",
    ]);
  });

  it("an explanation that a stack does not have suppresses nothing", async () => {
    const rows = [row("volume-off")];
    const alone = await deploy(() => new Alarms(NAME, { ...ARGS, rows }));
    expect(alone.ofType("CompositeAlarm")).to.deep.equal([]);
    expect(alone.inputs("MetricAlarm", `${NAME}-volume-off`)).to.deep.include(TO_NOTIFIER);
  });

  it("says where the runbook is", async () => {
    const rows = [row("query-slow")];
    const runbookBase = "https://example.org/runbooks";
    const alone = await deploy(() => new Alarms(NAME, { ...ARGS, rows, runbookBase }));
    expect(alone.inputs("MetricAlarm", `${NAME}-query-slow`)["alarmDescription"]).to.equal(
      "WARNING: Queries are slower than usual. The 95th percentile of query times of the last day is far above that " +
        "of the two weeks before. First: Find the slow queries in the query log. " +
        "Runbook: https://example.org/runbooks/query-slow.md. Owner: data-platform team.",
    );
  });
});
