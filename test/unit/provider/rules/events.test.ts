import { judgeAll, type Case } from "./judge";

const json = (value: unknown): string => JSON.stringify(value);
const pattern = (filter: unknown): object => ({ EventPattern: json({ detail: { a: [filter] } }) });
const schedule = (ScheduleExpression: string): object => ({ ScheduleExpression });
const target = (change: object): object => ({ Targets: [{ Id: "a", Arn: "arn:aws:sns:r:1:t", ...change }] });
const fifo = "arn:aws:sqs:us-east-1:123456789012:q.fifo";

const CASES: Case[] = [
  {
    call: "events.PutRule",
    good: { Name: "r", EventPattern: json({ source: ["a"], detail: { amount: [{ numeric: [">=", 1000] }] } }) },
    also: [
      pattern({ prefix: "a" }),
      pattern({ prefix: { "equals-ignore-case": "a" } }),
      pattern({ suffix: ".json" }),
      pattern({ exists: false }),
      pattern({ "anything-but": ["a", 1] }),
      pattern({ "anything-but": { prefix: "a" } }),
      pattern({ "anything-but": { wildcard: "a*" } }),
      pattern({ "equals-ignore-case": "a" }),
      pattern({ wildcard: "a*b*" }),
      pattern({ cidr: "10.0.0.0/24" }),
      pattern({ numeric: [">", 0, "<=", 5e9] }),
      pattern({ numeric: ["=", -5e9] }),
      pattern(null),
      { EventPattern: json({ $or: [{ a: ["b"] }, { c: ["d"] }] }) },
      ...[
        "rate(1 minute)",
        "rate(5 hours)",
        "cron(0 10 * * ? *)",
        "cron(0/15 8-17 ? * MON-FRI *)",
        "cron(0 18 L * ? 2026-2030)",
        "cron(0 9 ? JAN,JUL 6L *)",
        "cron(0 9 ? * TUE#2 *)",
        "cron(0 9 15W * ? *)",
      ].map(schedule),
    ],
    bad: [
      [{ EventPattern: "{" }, /must be JSON/],
      [{ EventPattern: "[]" }, /object with fields/],
      [{ EventPattern: json({ source: "a" }) }, /list of values/],
      [{ EventPattern: json({ source: [] }) }, /list of values/],
      [{ EventPattern: json({ source: [["a"]] }) }, /not nest lists/],
      [{ EventPattern: json({ $or: [{ a: ["b"] }] }) }, /at least two/],
      [{ EventPattern: json({ source: ["x".repeat(4096)] }) }, /at most 4096 bytes/],
      [pattern({ starts: "a" }), /no content filter/],
      [pattern({ prefix: "a", suffix: "b" }), /one operator/],
      [pattern({ prefix: 1 }), /prefix cannot be 1/],
      [pattern({ exists: "true" }), /exists cannot be/],
      [pattern({ "anything-but": [] }), /anything-but cannot be/],
      [pattern({ "anything-but": { numeric: ["=", 1] } }), /anything-but cannot be/],
      [pattern({ wildcard: "a**" }), /wildcard cannot be/],
      [pattern({ cidr: "10.0.0.0" }), /cidr cannot be/],
      [pattern({ numeric: [">=", 5e9 + 1] }), /from -5000000000 to 5000000000/],
      [pattern({ numeric: ["!=", 1] }), /operator and a number/],
      [pattern({ numeric: [">", 5, "<", 5] }), /lower bound first/],
      [pattern({ numeric: ["<", 1, ">", 5] }), /lower bound first/],
      [{ EventPattern: undefined }, /EventPattern or ScheduleExpression/],
      [{ ...schedule("rate(1 hour)"), EventBusName: "own" }, /default event bus only/],
      [schedule("rate(1 hours)"), /rate\(1 hour\)/],
      [schedule("rate(2 hour)"), /rate\(1 hour\)/],
      [schedule("rate(0 hours)"), /rate\(1 hour\)/],
      [schedule("every hour"), /rate\(…\) or cron\(…\)/],
      [schedule("at(2026-01-01T00:00:00)"), /rate\(…\) or cron\(…\)/],
      [schedule("cron(0 10 * *)"), /six fields/],
      [schedule("cron(60 10 * * ? *)"), /minutes cannot be "60"/],
      [schedule("cron(0 24 * * ? *)"), /hours cannot be/],
      [schedule("cron(0 10 32 * ? *)"), /day-of-month cannot be/],
      [schedule("cron(0 10 ? 13 MON *)"), /month cannot be/],
      [schedule("cron(0 10 ? * 8 *)"), /day-of-week cannot be/],
      [schedule("cron(0 10 ? * MON 1969)"), /year cannot be/],
      [schedule("cron(0/0 10 * * ? *)"), /minutes cannot be/],
      [schedule("cron(0 10 * * * *)"), /exactly one of/],
      [schedule("cron(0 10 ? * ? *)"), /exactly one of/],
    ],
  },
  {
    call: "events.PutTargets",
    good: target({ Input: "{}" }),
    also: [
      target({ Arn: fifo, SqsParameters: { MessageGroupId: "g" } }),
      target({ InputTransformer: { InputPathsMap: { a: "$.b" }, InputTemplate: "<a>" } }),
    ],
    bad: [
      [{ Targets: [1, 2].map(() => ({ Id: "a", Arn: "x" })) }, /must not repeat target ids/],
      [target({ Input: "{}", InputPath: "$.a" }), /at most one of Input/],
      [target({ Input: "text" }), /must be JSON/],
      [target({ DeadLetterConfig: { Arn: fifo } }), /standard SQS/],
      [target({ DeadLetterConfig: { Arn: "arn:aws:sns:r:1:t" } }), /standard SQS/],
      [target({ Arn: fifo }), /MessageGroupId/],
      [target({ SqsParameters: { MessageGroupId: "g" } }), /MessageGroupId/],
      [target({ InputTransformer: { InputPathsMap: { awsX: "$.b" } } }), /begin with AWS/],
      [target({ InputTransformer: { InputPathsMap: { x: "b" } } }), /JSON paths/],
    ],
  },
  {
    call: "events.CreateEventBus",
    good: { Name: "bus" },
    bad: [
      [{ Name: "default" }, /not be default/],
      [{ Name: "a/b" }, /slash/],
    ],
  },
  {
    call: "scheduler.CreateSchedule",
    good: { ScheduleExpression: "at(2026-01-01T00:00:00)", FlexibleTimeWindow: { Mode: "OFF" }, Target: {} },
    also: [{ FlexibleTimeWindow: { Mode: "FLEXIBLE", MaximumWindowInMinutes: 15 } }],
    bad: [
      [schedule("at(2026-01-01)"), /at\(…\)/],
      [{ FlexibleTimeWindow: { Mode: "FLEXIBLE" } }, /MaximumWindowInMinutes/],
      [{ FlexibleTimeWindow: { Mode: "OFF", MaximumWindowInMinutes: 5 } }, /MaximumWindowInMinutes/],
      [{ Target: { DeadLetterConfig: { Arn: fifo } } }, /standard SQS/],
    ],
  },
];

judgeAll(CASES);
