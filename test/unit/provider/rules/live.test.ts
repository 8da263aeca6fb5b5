import { expect } from "chai";
import type { Service } from "../../../../local-cloud/provider/clients";
import { type Ask, liveIssues } from "../../../../local-cloud/provider/rules/live";

type Answers = Record<string, Record<string, unknown> | (() => never)>;

const gone = (): never => {
  throw Object.assign(new Error("not there"), { name: "NoSuchEntityException" });
};

/** Answers from a table, by operation; what it does not hold does not exist. */
const asking =
  (answers: Answers): Ask =>
  async (service, operation) => {
    const answer = answers[`${service}.${operation}`] ?? gone;
    return typeof answer === "function" ? answer() : answer;
  };

const judge = async (call: string, input: object, answers: Answers): Promise<string> => {
  const [service, operation] = call.split(".") as [Service, string];
  const issues = await liveIssues(service, operation, input as Record<string, unknown>, asking(answers));
  return issues.map(({ path, rule }) => `${path}: ${rule}`).join("\n");
};

const document = (...Statement: object[]): string =>
  encodeURIComponent(JSON.stringify({ Version: "2012-10-17", Statement }));
const allow = (Action: string, Resource = "*"): object => ({ Effect: "Allow", Action, Resource });

/** A role that Lambda may assume, with one inline policy. */
const role = (...statements: object[]): Answers => ({
  "iam.GetRole": {
    Role: {
      AssumeRolePolicyDocument: document({
        ...allow("sts:AssumeRole"),
        Principal: { Service: "lambda.amazonaws.com" },
      }),
    },
  },
  "iam.ListRolePolicies": { PolicyNames: ["p"] },
  "iam.GetRolePolicy": { PolicyDocument: document(...statements) },
  "iam.ListAttachedRolePolicies": { AttachedPolicies: [] },
});

const DEAD = "arn:aws:sqs:us-east-1:123456789012:dead";
const ROLE = "arn:aws:iam::123456789012:role/path/r";

describe("rules that look at other resources", () => {
  it("want a dead-letter queue that exists and is of the same kind", async () => {
    const queue = (QueueName: string, target = DEAD): object => ({
      QueueName,
      Attributes: { RedrivePolicy: JSON.stringify({ deadLetterTargetArn: target, maxReceiveCount: 1 }) },
    });
    const there = { "sqs.GetQueueUrl": { QueueUrl: "u" } };
    expect(await judge("sqs.CreateQueue", queue("q"), there)).to.equal("");
    expect(await judge("sqs.CreateQueue", queue("q"), {})).to.contain("Dead letter target does not exist");
    expect(await judge("sqs.CreateQueue", queue("q.fifo"), there)).to.contain("same type of queue");
    const set = { ...queue("q"), QueueName: undefined, QueueUrl: "http://x/1/q" };
    expect(await judge("sqs.SetQueueAttributes", set, {})).to.contain("does not exist");
    expect(await judge("sqs.SetQueueAttributes", { Attributes: { RedrivePolicy: "" } }, {})).to.equal("");
  });

  it("want a function's role to exist, to trust Lambda, and to reach the dead-letter target", async () => {
    const fn = { Role: ROLE, DeadLetterConfig: { TargetArn: DEAD } };
    expect(await judge("lambda.CreateFunction", fn, {})).to.contain("does not exist");
    const other = {
      "iam.GetRole": { Role: { AssumeRolePolicyDocument: document({ Principal: { Service: "ec2.amazonaws.com" } }) } },
    };
    expect(await judge("lambda.CreateFunction", fn, { ...role(), ...other })).to.contain("cannot be assumed by Lambda");
    expect(await judge("lambda.CreateFunction", fn, role(allow("sqs:SendMessage", DEAD)))).to.equal("");
    expect(await judge("lambda.CreateFunction", fn, role(allow("sqs:Send*", "arn:aws:sqs:*:*:de?d")))).to.equal("");
    expect(
      await judge(
        "lambda.CreateFunction",
        fn,
        role(allow("sqs:SendMessage", "arn:aws:sqs:us-east-1:123456789012:other")),
      ),
    ).to.contain("permissions to call sqs:SendMessage");
    const topic = { ...fn, DeadLetterConfig: { TargetArn: "arn:aws:sns:us-east-1:123456789012:t" } };
    expect(await judge("lambda.UpdateFunctionConfiguration", topic, role(allow("sqs:*")))).to.contain("sns:Publish");
    expect(await judge("lambda.UpdateFunctionConfiguration", { Timeout: 3 }, {})).to.equal("");
  });

  it("reads attached policies, and takes AWS's own as enough", async () => {
    const fn = { Role: ROLE, DeadLetterConfig: { TargetArn: DEAD } };
    const attached = (PolicyArn: string): Answers => ({
      ...role(),
      "iam.ListAttachedRolePolicies": { AttachedPolicies: [{ PolicyArn }] },
      "iam.GetPolicy": { Policy: { DefaultVersionId: "v1" } },
      "iam.GetPolicyVersion": { PolicyVersion: { Document: document(allow("sqs:SendMessage")) } },
    });
    expect(await judge("lambda.CreateFunction", fn, attached("arn:aws:iam::123456789012:policy/p"))).to.equal("");
    expect(await judge("lambda.CreateFunction", fn, attached("arn:aws:iam::aws:policy/AWSLambdaExecute"))).to.equal("");
  });

  it("want a queue to hide a message for as long as its function runs, and the function to take it away", async () => {
    const mapping = { EventSourceArn: DEAD, FunctionName: "f" };
    const answers = (visibility: string, ...actions: string[]): Answers => ({
      ...role(...actions.map((action) => allow(action))),
      "sqs.GetQueueUrl": { QueueUrl: "u" },
      "sqs.GetQueueAttributes": { Attributes: { VisibilityTimeout: visibility } },
      "lambda.GetFunctionConfiguration": { Timeout: 60, Role: ROLE },
    });
    expect(await judge("lambda.CreateEventSourceMapping", mapping, answers("60", "sqs:*"))).to.equal("");
    expect(await judge("lambda.CreateEventSourceMapping", mapping, answers("59", "sqs:*"))).to.contain(
      "Queue visibility timeout: 59 seconds is less than Function timeout: 60 seconds",
    );
    expect(
      await judge("lambda.CreateEventSourceMapping", mapping, answers("60", "sqs:ReceiveMessage", "sqs:DeleteMessage")),
    )
      .to.contain("sqs:GetQueueAttributes")
      .and.to.not.contain("sqs:DeleteMessage");
    expect(await judge("lambda.CreateEventSourceMapping", mapping, {})).to.contain("the queue does not exist");
    expect(await judge("lambda.CreateEventSourceMapping", { EventSourceArn: "arn:aws:kinesis:r:1:s" }, {})).to.equal(
      "",
    );
  });

  it("count a role's inline policies together", async () => {
    const answers = {
      "iam.ListRolePolicies": { PolicyNames: ["own", "other"] },
      "iam.GetRolePolicy": { PolicyDocument: encodeURIComponent(` ${"x".repeat(10_000)} `) },
    };
    const put = (length: number): object => ({ RoleName: "r", PolicyName: "own", PolicyDocument: "y".repeat(length) });
    expect(await judge("iam.PutRolePolicy", put(240), answers)).to.equal("");
    expect(await judge("iam.PutRolePolicy", put(241), answers)).to.contain("10240 characters exceeded for role r");
  });

  it("allow five targets a rule", async () => {
    const targets = (...ids: string[]): Record<string, unknown> => ({ Targets: ids.map((Id) => ({ Id })) });
    const held = { "events.ListTargetsByRule": targets("1", "2", "3", "4", "5") };
    expect(await judge("events.PutTargets", { Rule: "r", ...targets("5") }, held)).to.equal("");
    expect(await judge("events.PutTargets", { Rule: "r", ...targets("6") }, held)).to.contain("5 targets");
  });

  it("pass on what AWS answers otherwise", async () => {
    const denied = (): never => {
      throw new Error("AccessDenied");
    };
    const failed = await judge("lambda.CreateFunction", { Role: ROLE }, { "iam.GetRole": denied }).catch(String);
    expect(failed).to.equal("Error: AccessDenied");
  });
});
