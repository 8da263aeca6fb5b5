import { CloudWatchClient, DescribeAlarmsCommand, PutMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import * as dynamoSdk from "@aws-sdk/client-dynamodb";
import { SNSClient, PublishCommand } from "@aws-sdk/client-sns";
import { mockClient } from "aws-sdk-client-mock";
import { expect } from "chai";
import fc from "fast-check";
import { parseAlarmChange, valueInReason } from "../../../../handlers/operations/notifier-alarm";
import { NOTHING_TOLD } from "../../../../handlers/operations/notifier-limit";
import { findRow } from "../../../../handlers/operations/notifier-row";
import { connectNotifier, createNotifier } from "../../../../handlers/operations/notifier-shell";
import { createToldStore } from "../../../../handlers/operations/notifier-store";
import { describeSeconds } from "../../../../handlers/operations/notifier-units";
import { capturingLog } from "../support";
import { alarmJson, crossed, event, P, ROWS } from "./notifier-support";

const ENVIRONMENT = {
  OPERATIONS_TABLE: "state",
  TEAM: "data",
  ENVIRONMENT: "prod",
  PIPELINE: P,
  AWS_REGION: "eu-west-1",
  PAGER_TOPIC_ARN: "arn:aws:sns:eu-west-1:123456789012:pager",
  PAGED: "true",
  RUNBOOK_BASE: "docs/runbooks/",
};
const AT = "2026-11-25T13:05:00.000Z";

const dynamo = mockClient(dynamoSdk.DynamoDBClient);
const sns = mockClient(SNSClient);
const cloudWatch = mockClient(CloudWatchClient);

describe("notifier on AWS", () => {
  // The SDK's first client may warn of the Node version, which must not come while the console is captured.
  before(() => connectNotifier(ENVIRONMENT, ROWS));
  beforeEach(() => {
    for (const mock of [dynamo, sns, cloudWatch]) mock.reset();
  });
  after(() => {
    for (const mock of [dynamo, sns, cloudWatch]) mock.restore();
  });

  it("publishes one body a protocol, and writes what it told under a condition", async () => {
    dynamo.on(dynamoSdk.GetItemCommand).resolves({});
    sns.on(PublishCommand).resolves({});
    const saved = { ...process.env };
    Object.assign(process.env, ENVIRONMENT);
    try {
      const given = event("m-1", alarmJson("data-not-arriving", "ALARM", AT, { NewStateReason: crossed(5460, 5400) }));
      await capturingLog(() => createNotifier(ROWS)(given, { awsRequestId: "r-1" }));
    } finally {
      process.env = saved;
    }
    const [publish] = sns.commandCalls(PublishCommand);
    expect(publish?.args[0].input).to.deep.include({
      TopicArn: ENVIRONMENT.PAGER_TOPIC_ARN,
      Subject: "[CRITICAL] No data arrives (clickstream-prod)",
      MessageStructure: "json",
      MessageAttributes: {
        severity: { DataType: "String", StringValue: "critical" },
        kind: { DataType: "String", StringValue: "alarm" },
      },
    });
    const [put] = dynamo.commandCalls(dynamoSdk.PutItemCommand);
    const { Item: item, ...input } = put?.args[0].input ?? { Item: undefined };
    expect(input).to.deep.equal({
      TableName: "state",
      ConditionExpression: "attribute_not_exists(pk) OR version = :read",
      ExpressionAttributeValues: { ":read": { N: "0" } },
    });
    expect(item).to.deep.include({ pk: { S: "message" }, sk: { S: "told" }, version: { N: "1" } });
    expect(JSON.parse(item?.["told"]?.S ?? "")).to.deep.equal({
      seen: [{ message: "m-1", owner: "r-1", at: Date.parse(AT) }],
      sent: [{ key: "data-not-arriving", at: Date.parse(AT), message: "m-1", kind: "alarm" }],
      heldBack: {},
      open: { "data-not-arriving": AT },
    });
  });

  it("asks for a metric alarm's reason, and counts what was held back in the stack's own metric", async () => {
    cloudWatch.on(DescribeAlarmsCommand).resolves({ MetricAlarms: [{ StateReason: crossed(94, 95) }] });
    cloudWatch.on(PutMetricDataCommand).resolves({});
    const deps = connectNotifier(ENVIRONMENT, ROWS);
    expect(await deps.reasonOf(`${P}-quality-low-metric`)).to.equal(crossed(94, 95));
    expect(cloudWatch.commandCalls(DescribeAlarmsCommand)[0]?.args[0].input).to.deep.equal({
      AlarmNames: [`${P}-quality-low-metric`],
      AlarmTypes: ["MetricAlarm"],
    });
    await deps.countHeldBack(1, new Date(AT));
    expect(cloudWatch.commandCalls(PutMetricDataCommand)[0]?.args[0].input).to.deep.equal({
      Namespace: "Clickstream",
      MetricData: [
        {
          MetricName: "MessagesHeldBack",
          Dimensions: [
            { Name: "Team", Value: "data" },
            { Name: "Environment", Value: "prod" },
            { Name: "Pipeline", Value: P },
          ],
          Timestamp: new Date(AT),
          Value: 1,
          Unit: "Count",
        },
      ],
    });
  });

  it("names the variable that is missing", () => {
    const { PAGED: _missing, ...rest } = ENVIRONMENT;
    expect(() => connectNotifier(rest, ROWS)).to.throw(/^Environment variable PAGED is not set/);
  });

  it("decides again on the newer record when another invocation wrote in between, and gives up in the end", async () => {
    const store = createToldStore(new dynamoSdk.DynamoDBClient({}), dynamoSdk, "state");
    const lost = Object.assign(new Error("lost"), { name: "ConditionalCheckFailedException" });
    const newer = { ...NOTHING_TOLD, heldBack: { a: 1 } };
    dynamo
      .on(dynamoSdk.GetItemCommand)
      .resolvesOnce({})
      .resolves({ Item: { told: { S: JSON.stringify(newer) }, version: { N: "7" } } });
    dynamo.on(dynamoSdk.PutItemCommand).rejectsOnce(lost).resolves({});
    const read = await store.update((told) => ({ told, result: told.heldBack }));
    expect(read).to.deep.equal({ a: 1 });
    const puts = dynamo.commandCalls(dynamoSdk.PutItemCommand);
    expect(puts.map(({ args }) => args[0].input.ExpressionAttributeValues)).to.deep.equal([
      { ":read": { N: "0" } },
      { ":read": { N: "7" } },
    ]);
    dynamo.on(dynamoSdk.PutItemCommand).rejects(lost);
    const failed = await store.update((told) => ({ told, result: 1 })).catch((error: unknown) => error);
    expect(failed).to.equal(lost);
  });

  it("a record that is not JSON is begun anew", async () => {
    dynamo.on(dynamoSdk.GetItemCommand).resolves({ Item: { told: { S: "{" }, version: { N: "1" } } });
    dynamo.on(dynamoSdk.PutItemCommand).resolves({});
    const store = createToldStore(new dynamoSdk.DynamoDBClient({}), dynamoSdk, "state");
    const { result, log } = await capturingLog(() => store.update((told) => ({ told, result: told })));
    expect(result).to.deep.equal(NOTHING_TOLD);
    expect(log.map(({ level }) => level)).to.deep.equal(["error"]);
  });
});

describe("reading alarms", () => {
  it("reads a composite alarm, and the names of what triggered it", () => {
    const children = [
      { Arn: `arn:aws:cloudwatch:eu-west-1:123456789012:alarm:${P}-etl-failed-metric`, State: { Value: "ALARM" } },
    ];
    const message = alarmJson("etl-failed", "ALARM", AT, { AlarmRule: "ALARM(x)", TriggeringChildren: children });
    expect(parseAlarmChange(message)).to.deep.equal({
      name: `${P}-etl-failed`,
      state: "ALARM",
      oldState: "OK",
      at: AT,
      reason: "Threshold Crossed",
      children: [`${P}-etl-failed-metric`],
    });
  });

  it("never throws, and takes nothing for an alarm that is none", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(parseAlarmChange(text)).to.equal(undefined);
      }),
      { numRuns: 200 },
    );
  });

  it("takes the newest value out of a reason", () => {
    const cases: [string, number | undefined][] = [
      [crossed(94, 95), 94],
      ["Threshold Crossed: 2 datapoints [1.5E7 (25/11/26 13:05:00), 3.0 (25/11/26 13:00:00)] were greater", 1.5e7],
      ["Threshold Crossed: 1 datapoint [-0.5 (25/11/26 13:05:00)] was less", -0.5],
      ["no datapoints were received for 3 periods and 3 missing datapoints were treated as [Breaching].", undefined],
      ["arn:… transitioned to ALARM at Wednesday 25 November, 2026 13:00:00 UTC", undefined],
    ];
    for (const [reason, value] of cases) expect(valueInReason(reason), reason).to.equal(value);
  });

  it("finds rows by name: exactly, and by part", () => {
    const key = (name: string): string | undefined => findRow(ROWS, P, name)?.key;
    expect(key(`${P}-etl-failed`)).to.equal("etl-failed");
    expect(key(`${P}-etl-failed-metric`)).to.equal(undefined);
    expect(key(`${P}-dead-letters`)).to.equal(undefined);
    expect(key(`${P}-dead-letters-costs`)).to.equal("dead-letters-costs");
    expect(key(`${P}-dead-letters-constructor`)).to.equal(undefined);
    expect(key("other-etl-failed")).to.equal(undefined);
  });

  it("describes durations by their two largest units", () => {
    const cases: [number, string][] = [
      [0, "0 s"],
      [59.4, "59 s"],
      [60, "1 min"],
      [5460, "1 h 31 min"],
      [7200, "2 h"],
      [90_000, "1 d 1 h"],
      [86_460, "1 d"],
    ];
    for (const [seconds, text] of cases) expect(describeSeconds(seconds)).to.equal(text);
  });
});
