import { expect } from "chai";
import type * as pulumi from "@pulumi/pulumi";
import program from "../../../index";
import { ConfigError } from "../../../config";
import { deploy, valueOf, type Recording } from "../support/cloud-mocks";

const PIPELINE = "clickstream-test";
const CONFIG = {
  "aws:region": "eu-west-1",
  "clickstream:team": "web",
  "clickstream:environment": "staging",
  "clickstream:alertThresholdUsd": "250",
  "clickstream:currencies": '{"USD":1,"EUR":1.09}',
  "clickstream:hotDays": "7",
  "clickstream:warmDays": "60",
  "clickstream:archiveStorageClass": "DEEP_ARCHIVE",
  "clickstream:rawRetentionDays": "200",
  "clickstream:resultsExpiryDays": "3",
  "clickstream:glueVersion": "5.0",
  "clickstream:glueWorkerType": "G.2X",
  "clickstream:glueWorkers": "5",
  "clickstream:glueSchedule": "cron(0 3 * * ? *)",
  "clickstream:glueScheduleEnabled": "false",
  "clickstream:glueExecutionClass": "FLEX",
  "clickstream:glueTimeoutMinutes": "45",
  "clickstream:athenaScanCutoffGb": "7",
  "clickstream:biScanCutoffGb": "3",
  "clickstream:qualityGatePercent": "80",
  "clickstream:lateEvents": "daily",
  "clickstream:tags": '{"cost-center":"42"}',
};

describe("the program", function () {
  this.timeout(90_000);
  let recording: Recording;
  let outputs: Record<string, pulumi.Output<string>>;
  before(async () => {
    recording = await deploy(async () => (outputs = { ...(await program()) }), CONFIG);
  });

  it("is what module.exports is, as the Node host wants it", () => {
    expect(program).to.be.a("function");
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- the host requires it so
    expect(require("../../../index")).to.equal(program);
  });

  it("names the pipeline after the stack, and returns its outputs", async () => {
    expect(Object.keys(outputs)).to.have.length(59);
    expect(await valueOf(outputs["pipelineName"] as pulumi.Output<string>)).to.equal(PIPELINE);
  });

  it("brings every key to where it acts", () => {
    for (const job of ["silver", "gold", "cold"]) {
      expect(recording.inputs("Job", `${PIPELINE}-${job}-job`), job).to.deep.include({
        glueVersion: "5.0",
        workerType: "G.2X",
        numberOfWorkers: 5,
        executionClass: "FLEX",
        timeout: 45,
        tags: { "cost-center": "42", team: "web", environment: "staging", pipeline: PIPELINE },
      });
    }
    expect(recording.inputs("Job", `${PIPELINE}-silver-job`)["defaultArguments"]).to.deep.include({
      "--currencies": '{"USD":1,"EUR":1.09}',
      "--retention_days": "200",
      "--quality_gate_percent": "80",
      "--late_events": "daily",
      "--team": "web",
      "--environment": "staging",
      "--pipeline": PIPELINE,
    });
    expect(recording.inputs("Trigger", `${PIPELINE}-etl-start-silver`)).to.deep.include({
      schedule: "cron(0 3 * * ? *)",
      enabled: false,
    });
    expect(recording.inputs("Job", `${PIPELINE}-cold-job`)["defaultArguments"]).to.deep.include({
      "--warm_days": "60",
      "--storage_class": "DEEP_ARCHIVE",
    });
    expect(recording.inputs("Trigger", `${PIPELINE}-cold-start`)["enabled"]).to.equal(false);
    expect(cutoff("adhoc")).to.equal(7e9);
    expect(cutoff("bi")).to.equal(3e9);
    expect(expiryDays(`${PIPELINE}-bronze-raw`)).to.equal(200);
    expect(expiryDays(`${PIPELINE}-serving-output`)).to.equal(3);
    expect(recording.inputs("NamedQuery", `${PIPELINE}-serving-sales`)["query"]).to.contain("interval '7' day");
    expect(recording.inputs("NamedQuery", `${PIPELINE}-serving-funnel`)["query"]).to.contain("interval '60' day");
    const variables = recording.inputs("Function", `${PIPELINE}-alerts-fn`)["environment"];
    expect(JSON.stringify(variables)).to.contain('"250"').and.contain("EUR");
  });

  it("rejects bad configuration before any resource", async () => {
    let error: unknown;
    const nothing = await deploy(() => program().catch((thrown: unknown) => (error = thrown)), {
      ...CONFIG,
      "clickstream:team": "",
    });
    expect(error).to.be.instanceOf(ConfigError);
    expect(nothing.registrations).to.deep.equal([]);
  });

  function cutoff(id: string): unknown {
    const { configuration } = recording.inputs("Workgroup", `${PIPELINE}-serving-${id}`);
    return (configuration as Record<string, unknown>)["bytesScannedCutoffPerQuery"];
  }
  function expiryDays(bucket: string): unknown {
    const rules = recording.inputs("BucketLifecycleConfiguration", bucket)["rules"] as Record<string, unknown>[];
    return (rules.find((rule) => rule["id"] === "expire")?.["expiration"] as Record<string, unknown>)["days"];
  }
});
