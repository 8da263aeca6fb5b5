import { expect } from "chai";
import { extraIssues } from "../../../../local-cloud/provider/rules";
import { judge, judgeAll, type Case } from "./judge";

const env = (variables: object): object => ({ Environment: { Variables: variables } });
const sqs = "arn:aws:sqs:us-east-1:123456789012:q";
const filter = (Pattern: string): object => ({ FilterCriteria: { Filters: [{ Pattern }] } });

const CASES: Case[] = [
  {
    call: "lambda.CreateFunction",
    good: {
      FunctionName: "f",
      Runtime: "nodejs22.x",
      Handler: "index.handler",
      Timeout: 900,
      MemorySize: 10_240,
      Code: { ZipFile: new Uint8Array(9) },
    },
    also: [
      env({ A1: "x", LONG_name_2: "" }),
      { Runtime: "python3.13", Handler: "a/b.main" },
      { Runtime: "provided.al2023", Handler: "bootstrap" },
      { VpcConfig: { SubnetIds: ["s"], SecurityGroupIds: ["g"] } },
      { VpcConfig: { SubnetIds: [], SecurityGroupIds: [] } },
      { DeadLetterConfig: { TargetArn: sqs } },
      { DeadLetterConfig: { TargetArn: "" } },
    ],
    bad: [
      [{ Timeout: 901 }, /from 1 to 900/],
      [{ Timeout: 0 }, /from 1 to 900/],
      [{ MemorySize: 127 }, /128 to 10240/],
      [{ MemorySize: 10_241 }, /128 to 10240/],
      ...[
        "nodejs",
        "nodejs18.x",
        "nodejs20.x",
        "python2.7",
        "python3.9",
        "ruby3.2",
        "java8",
        "go1.x",
        "provided",
        "dotnet6",
      ].map((Runtime): [object, RegExp] => [{ Runtime }, /deprecated/]),
      [{ Handler: "index" }, /file\.export/],
      [env({ AWS_REGION: "x" }), /reserves/],
      [env({ _HANDLER: "x" }), /reserves/],
      [env({ AA: "x".repeat(4096) }), /4 KB/],
      [{ Code: { ZipFile: new Uint8Array(50 * 2 ** 20 + 1) } }, /50 MB/],
      [{ DeadLetterConfig: { TargetArn: `${sqs}.fifo` } }, /standard SQS/],
      [{ DeadLetterConfig: { TargetArn: "arn:aws:s3:::b" } }, /standard SQS/],
      [{ Layers: ["1", "2", "3", "4", "5", "6"] }, /at most 5/],
      [{ VpcConfig: { SubnetIds: ["s"] } }, /both subnets and security groups/],
    ],
  },
  {
    call: "lambda.CreateEventSourceMapping",
    good: { EventSourceArn: sqs, BatchSize: 10, FunctionName: "f" },
    also: [
      { BatchSize: 10_000, MaximumBatchingWindowInSeconds: 1 },
      { ScalingConfig: { MaximumConcurrency: 2 } },
      filter('{"body":{"a":["b"]}}'),
    ],
    bad: [
      [{ BatchSize: 11 }, /at most 10 without/],
      [{ EventSourceArn: `${sqs}.fifo`, BatchSize: 11, MaximumBatchingWindowInSeconds: 5 }, /FIFO/],
      [{ StartingPosition: "LATEST" }, /for streams/],
      [filter('{"body":"b"}'), /list of values/],
      [{ FilterCriteria: { Filters: Array.from({ length: 6 }, () => ({ Pattern: '{"a":["b"]}' })) } }, /at most 5/],
    ],
  },
  {
    call: "lambda.AddPermission",
    good: { Principal: "sns.amazonaws.com", Action: "lambda:InvokeFunction" },
    also: [{ Principal: "123456789012" }, { Principal: "*" }],
    bad: [[{ Principal: "sns" }, /or a service/]],
  },
  {
    call: "logs.PutRetentionPolicy",
    good: { retentionInDays: 365 },
    also: [{ retentionInDays: 1 }, { retentionInDays: 3653 }],
    bad: [
      [{ retentionInDays: 366 }, /one of 1, 3, 5/],
      [{ retentionInDays: 0 }, /one of 1, 3, 5/],
    ],
  },
  {
    call: "logs.CreateLogGroup",
    good: { logGroupName: "/aws/lambda/f", tags: { a: "b" } },
    bad: [
      [{ logGroupName: "aws/x" }, /not begin with aws/],
      [{ tags: { "aws:x": "b" } }, /not begin with aws:/],
    ],
  },
  {
    call: "logs.PutMetricFilter",
    good: { metricTransformations: [{ metricName: "m", defaultValue: 0 }] },
    bad: [
      [{ metricTransformations: [{ dimensions: { a: "$.a" }, defaultValue: 0 }] }, /both dimensions and a default/],
      [{ metricTransformations: [{ dimensions: { a: "1", b: "2", c: "3", d: "4" } }] }, /at most 3/],
    ],
  },
];

judgeAll(CASES);

describe("a refused environment", () => {
  it("is not shown", () => {
    const issues = extraIssues("lambda", "CreateFunction", { ...env({ AWS_REGION: "hush" }) });
    expect(issues).to.have.length(1);
    expect(JSON.stringify(issues)).to.not.contain("hush");
  });

  it("is judged by its bytes", () => {
    expect(judge("lambda.CreateFunction", env({ AA: "é".repeat(2_050) })).join()).to.match(/4 KB/);
  });
});
