import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { Identity, type IdentityArgs } from "../../../../components/identity/identity";
import type { LakeLocation } from "../../../../components/types";
import { sendStatements } from "../../../../components/warehouse/access";
import { ACCOUNT, deploy } from "../../support/cloud-mocks";
import { ARGS, PEOPLE } from "./identities";

describe("policies of people", () => {
  it("stays within IAM's length with the longest names and a warehouse", async () => {
    const pipeline = `clickstream-${"x".repeat(27)}`;
    const key = { arn: `arn:aws:kms:ap-southeast-2:${ACCOUNT.accountId}:key/${"0".repeat(36)}` };
    const place = (layer: string, table: string, prefix = `${table}/`): LakeLocation => {
      const name = `${pipeline}-${layer}-lake-1234567`;
      const database = `${pipeline}_${layer}`;
      return { bucket: { name, arn: `arn:aws:s3:::${name}` }, key, prefix, database, table };
    };
    const tables = ["fact_clicks", "dim_users", "daily_sales"].map((table) => place("gold", table));
    const restored = place("gold", "fact_clicks_restored", "archive/fact_clicks/");
    const bucket = restored.bucket;
    const operated: IdentityArgs["operated"] = {
      pipelineName: pipeline,
      jobs: ["silver", "gold", "cold"].map((layer) => `${pipeline}-${layer}-job-1234567`),
      raw: place("bronze", "raw_events", "events/"),
      tables: [
        [place("silver", "events"), place("silver", "quarantine")],
        [restored, ...tables],
      ],
      restored,
      artifacts: { bucket, key },
      operations: {
        tableArn: `arn:aws:dynamodb:ap-southeast-2:${ACCOUNT.accountId}:table/${pipeline}-ops-state-1`,
        key,
      },
    };
    const text = (value: string): pulumi.Output<string> => pulumi.output(value);
    const warehouse = sendStatements({
      kind: "cluster",
      name: text(`${pipeline}-warehouse`),
      arn: text(`arn:aws:redshift:ap-southeast-2:${ACCOUNT.accountId}:cluster:${pipeline}-warehouse-1234567`),
      database: "clickstream",
      secretArn: text(
        `arn:aws:secretsmanager:ap-southeast-2:${ACCOUNT.accountId}:secret:redshift!${pipeline}-warehouse`,
      ),
      keyArn: text(key.arn),
      lakeRoleArn: text("arn:role"),
    });
    const erased: IdentityArgs["erased"] = {
      pipelineName: pipeline,
      jobs: ["silver-job", "gold-job", "cold-job", "privacy-raw"].map((job) => `${pipeline}-${job}-1234567`),
      events: place("silver", "events"),
      quarantine: place("silver", "quarantine"),
      subjects: place("silver", "subjects"),
      clicks: place("gold", "fact_clicks"),
      users: place("gold", "dim_users"),
      restored,
      artifacts: { bucket, key },
      ledgerArn: `arn:aws:dynamodb:ap-southeast-2:${ACCOUNT.accountId}:table/${pipeline}-privacy-ledger-1234567`,
      operations: operated.operations,
      secrets: {
        subjects: `arn:aws:secretsmanager:ap-southeast-2:${ACCOUNT.accountId}:secret:${pipeline}-silver-subjects-key-1234567-abcdef`,
        pseudonyms: `arn:aws:secretsmanager:ap-southeast-2:${ACCOUNT.accountId}:secret:${pipeline}-silver-pseudonyms-1234567-abcdef`,
      },
      letterKeys: [key, key, key],
      loader: `${pipeline}-warehouse-loader-1234567`,
    };
    const settings = PEOPLE;
    const { registrations } = await deploy(
      () =>
        new Identity(`${pipeline}-id`, { ...ARGS, results: { bucket, key }, operated, erased, warehouse, settings }),
    );
    for (const { type, inputs } of registrations) {
      if (type !== "aws:iam/rolePolicy:RolePolicy") continue;
      // The longest partition.
      const text = String(inputs["policy"]).replaceAll(/\s/g, "").replaceAll("arn:aws:", "arn:aws-us-gov:");
      // IAM quotas: all inline policies of a role, white space not counted.
      expect(text.length, String(inputs["role"])).to.be.at.most(10_240);
    }
  });
});
