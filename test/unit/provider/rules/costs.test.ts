import { expect } from "chai";
import { expressionText, withoutNulls } from "../../../../local-cloud/provider/types/costs";
import { judgeAll, type Case } from "./judge";

const sns = (n: number): object[] =>
  Array.from({ length: n }, (_, i) => ({ Type: "SNS", Address: `arn:aws:sns:us-east-1:1:t${i}` }));
const emails = (n: number): object[] => Array.from({ length: n }, (_, i) => ({ Type: "EMAIL", Address: `a${i}@b.co` }));
const tagged = { Tags: { Key: "pipeline", Values: ["p"] } };
const monitor = (change: object): object => ({ AnomalyMonitor: { MonitorName: "m", ...change } });
const given = {
  SubscriptionName: "s",
  MonitorArnList: ["arn:aws:ce::1:anomalymonitor/x"],
  Frequency: "IMMEDIATE",
  Subscribers: sns(1),
  ThresholdExpression: tagged,
};
const subscription = (change: object): object => ({ AnomalySubscription: { ...given, ...change } });

const CASES: Case[] = [
  {
    call: "ce.CreateAnomalyMonitor",
    good: monitor({ MonitorType: "CUSTOM", MonitorSpecification: tagged }),
    also: [monitor({ MonitorType: "DIMENSIONAL", MonitorDimension: "SERVICE" })],
    bad: [
      [monitor({ MonitorType: "CUSTOM", MonitorDimension: "SERVICE" }), /MonitorSpecification where it is CUSTOM/],
      [monitor({ MonitorType: "DIMENSIONAL", MonitorSpecification: tagged }), /MonitorDimension where/],
    ],
  },
  {
    call: "ce.CreateAnomalySubscription",
    good: subscription({}),
    also: [subscription({ Frequency: "DAILY", Subscribers: emails(10) })],
    bad: [
      [subscription({ Subscribers: emails(1) }), /SNS topics where Frequency is IMMEDIATE/],
      [subscription({ Frequency: "WEEKLY" }), /else e-mail addresses/],
      [subscription({ Subscribers: sns(2) }), /one SNS topic/],
      [subscription({ Frequency: "DAILY", Subscribers: emails(11) }), /1 to 10/],
      [subscription({ Threshold: 1 }), /exactly one of Threshold/],
      [subscription({ ThresholdExpression: undefined }), /exactly one of Threshold/],
    ],
  },
  {
    call: "ce.UpdateAnomalySubscription",
    good: { Frequency: "IMMEDIATE", Subscribers: sns(1) },
    also: [{ Subscribers: undefined, ThresholdExpression: tagged }],
    bad: [[{ Subscribers: emails(1) }, /SNS topics/]],
  },
];

describe("rules of Cost Explorer", () => {
  judgeAll(CASES);
});

describe("expressions of anomaly monitors", () => {
  const text =
    '{"And":null,"CostCategories":null,"Dimensions":null,"Not":null,"Or":null,' +
    '"Tags":{"Key":"pipeline","MatchOptions":null,"Values":["p"]}}';

  it("are kept with every member, as AWS answers", () => expect(expressionText(tagged)).to.equal(text));
  it("are sent without those that are null", () => {
    expect(withoutNulls(JSON.parse(text))).to.deep.equal(tagged);
    const both = { And: [tagged, { Not: tagged }] };
    expect(withoutNulls(JSON.parse(expressionText(both) ?? ""))).to.deep.equal(both);
  });
});
