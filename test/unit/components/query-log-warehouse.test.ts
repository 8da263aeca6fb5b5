import { expect } from "chai";
import { QueryLog } from "../../../components/query-log";
import { DEFAULT_POLL_SCHEDULES } from "../../../components/query-log-warehouse";
import { readWarehouse } from "../../../handlers/query-log/settings";
import { arnOf, deploy, type Recording } from "../support/cloud-mocks";
import { ARGS, BUCKET_ARN, granted, HERE, NAME, variables } from "./query-log-support";

const CLUSTER = {
  kind: "cluster" as const,
  name: "wh",
  arn: `arn:aws:redshift:${HERE}:cluster:wh`,
  database: "analytics",
  secretArn: "arn:aws:secretsmanager:::secret:admin",
};

describe("QueryLog with a warehouse", function () {
  this.timeout(90_000);

  describe("with a cluster", () => {
    let recording: Recording;
    before(async () => {
      const warehouse = { ...CLUSTER, secretKey: { arn: "arn:aws:kms:::secret-key" }, teams: { ann: "analysts" } };
      recording = await deploy(() => new QueryLog(NAME, { ...ARGS, warehouse, keepFor: "90 days" }));
    });

    it("polls it every quarter of an hour, as the function is told", () => {
      expect(recording.inputs("EventRule", `${NAME}-poll`)).to.include({ scheduleExpression: "rate(15 minutes)" });
      expect(recording.inputs("EventTarget", `${NAME}-poll`)).to.include({ arn: arnOf(`${NAME}-poll`) });
      const { kind, name, database, secretArn } = CLUSTER;
      expect(readWarehouse(variables(recording, "poll"))).to.deep.equal({
        kind,
        name,
        database,
        secretArn,
        teams: { ann: "analysts" },
      });
    });

    it("may ask that cluster, read its own statements and the one secret", () => {
      expect(granted(recording, "poll")).to.deep.equal([
        ["WriteRecords", "Allow", "s3:PutObject", `${BUCKET_ARN}/staging/*`],
        ["Watermark", "Allow", ["s3:GetObject", "s3:PutObject"], `${BUCKET_ARN}/state/*`],
        ["TellAbsentFromForbidden", "Allow", "s3:ListBucket", BUCKET_ARN],
        ["AskWarehouse", "Allow", "redshift-data:ExecuteStatement", CLUSTER.arn],
        [
          "OwnStatements",
          "Allow",
          ["redshift-data:DescribeStatement", "redshift-data:GetStatementResult", "redshift-data:CancelStatement"],
          "*",
        ],
        ["Password", "Allow", "secretsmanager:GetSecretValue", CLUSTER.secretArn],
        ["PasswordKey", "Allow", "kms:Decrypt", ["arn:aws:kms:::secret-key"]],
        ["IsItPaused", "Allow", "redshift:DescribeClusters", "*"],
        ["DeadLetterOwnEvents", "Allow", "sqs:SendMessage", arnOf(`${NAME}-dlq`)],
      ]);
      expect(recording.statement("RolePolicy", `${NAME}-poll`, "OwnStatements").Condition).to.deep.equal({
        StringEquals: { "redshift-data:statement-owner-iam-userid": "${aws:userid}" },
      });
    });

    it("keeps the log as long as it is told", () => {
      const rules = recording.inputs("BucketLifecycleConfiguration", `${NAME}-lake`)["rules"];
      expect(rules).to.deep.include({
        id: "expire-query_log",
        status: "Enabled",
        filter: { prefix: "query_log/" },
        expiration: { days: 90 },
      });
    });
  });

  it("asks a serverless workgroup less often, or as it is told, and not whether it is paused", async () => {
    const warehouse = {
      ...CLUSTER,
      kind: "workgroup" as const,
      arn: `arn:aws:redshift-serverless:${HERE}:workgroup/x`,
    };
    expect(DEFAULT_POLL_SCHEDULES).to.deep.equal({ cluster: "rate(15 minutes)", workgroup: "rate(6 hours)" });
    const usual = await deploy(() => new QueryLog(NAME, { ...ARGS, warehouse }));
    expect(usual.inputs("EventRule", `${NAME}-poll`)).to.include({ scheduleExpression: "rate(6 hours)" });
    const ids = granted(usual, "poll").map((statement) => (statement as string[])[0]);
    expect(ids).to.not.include("IsItPaused").and.not.include("PasswordKey");
    const told = { ...warehouse, pollSchedule: "rate(1 day)" };
    const daily = await deploy(() => new QueryLog(NAME, { ...ARGS, warehouse: told }));
    expect(daily.inputs("EventRule", `${NAME}-poll`)).to.include({ scheduleExpression: "rate(1 day)" });
  });
});
