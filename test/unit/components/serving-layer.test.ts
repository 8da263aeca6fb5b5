import { expect } from "chai";
import { InvalidArgumentError } from "../../../components/errors";
import { ServingLayer, type ServingLayerArgs } from "../../../components/serving-layer";
import { arnOf, deploy, expectNamesPrefixed, physicalName, type Recording } from "../support/cloud-mocks";
import { location, ZONE } from "../support/zone";

const NAME = "clickstream-test-serving";
const ARGS: ServingLayerArgs = {
  zone: ZONE,
  raw: location("bronze", "raw_events", "events/"),
  clicks: location("gold", "fact_clicks"),
  sales: location("gold", "daily_sales"),
};

function workgroup(id: string, description: string, cutoff: number): Record<string, unknown> {
  return {
    description,
    forceDestroy: false,
    configuration: {
      enforceWorkgroupConfiguration: true,
      publishCloudwatchMetricsEnabled: true,
      bytesScannedCutoffPerQuery: cutoff,
      requesterPaysEnabled: false,
      engineVersion: { selectedEngineVersion: "Athena engine version 3" },
      resultConfiguration: {
        outputLocation: `s3://${physicalName(`${NAME}-output`)}/${id}/`,
        encryptionConfiguration: { encryptionOption: "SSE_KMS", kmsKeyArn: arnOf(`${NAME}-key`) },
        expectedBucketOwner: "123456789012",
      },
    },
    tags: ZONE.tags,
  };
}

describe("ServingLayer", () => {
  let recording: Recording;
  before(async () => {
    recording = await deploy(() => new ServingLayer(NAME, ARGS));
  });

  it("has two workgroups that enforce place, key and limit of every query", () => {
    expectNamesPrefixed(recording);
    expect(recording.inputs("Workgroup", `${NAME}-bi`)).to.deep.equal(
      workgroup("bi", "Dashboards: unattended, so the lower scan limit", 20e9),
    );
    expect(recording.inputs("Workgroup", `${NAME}-adhoc`)).to.deep.equal(
      workgroup("adhoc", "Questions of people, and the archive", 100e9),
    );
    expect(recording.ofType("Workgroup")).to.have.length(2);
  });

  it("expires results in full, old versions included", () => {
    const rules = recording.inputs("BucketLifecycleConfiguration", `${NAME}-output`)["rules"];
    expect(rules).to.deep.equal([
      {
        id: "housekeeping",
        status: "Enabled",
        filter: { prefix: "" },
        abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
        noncurrentVersionExpiration: { noncurrentDays: 1 },
      },
      { id: "expire", status: "Enabled", filter: { prefix: "" }, expiration: { days: 14 } },
    ]);
  });

  it("saves queries that run as they are, each in the workgroup of its readers", () => {
    const saved = recording
      .ofType("NamedQuery")
      .map(({ name, inputs }) => [name, inputs["workgroup"], inputs["database"]]);
    expect(saved).to.have.deep.members([
      [`${NAME}-sales`, physicalName(`${NAME}-bi`), "x_gold"],
      [`${NAME}-funnel`, physicalName(`${NAME}-bi`), "x_gold"],
      [`${NAME}-raw-day`, physicalName(`${NAME}-adhoc`), "x_bronze"],
    ]);
    expect(recording.inputs("NamedQuery", `${NAME}-sales`)["query"]).to.match(
      /FROM x_gold\.daily_sales\nWHERE event_date >= current_date - interval '30' day\n/,
    );
    expect(recording.inputs("NamedQuery", `${NAME}-funnel`)["query"]).to.match(
      /FROM x_gold\.fact_clicks\nWHERE event_date >= current_date - interval '90' day\n/,
    );
    // Without a condition on each of the three, Athena would list years of hours.
    const raw = recording.inputs("NamedQuery", `${NAME}-raw-day`)["query"] as string;
    expect(raw).to.match(/FROM x_bronze\.raw_events\nWHERE year = .*\n\s+AND month = .*\n\s+AND day = /);
  });

  it("takes windows, expiry and limits", async () => {
    const given = await deploy(
      () =>
        new ServingLayer(NAME, {
          ...ARGS,
          hotFor: "7 days",
          warmUntil: "60 days",
          resultsExpiry: "3 days",
          biScanCutoff: "2 GB",
          adhocScanCutoff: "10 GB",
        }),
    );
    expect(given.inputs("Workgroup", `${NAME}-bi`)["configuration"]).to.deep.include({
      bytesScannedCutoffPerQuery: 2e9,
    });
    expect(given.inputs("Workgroup", `${NAME}-adhoc`)["configuration"]).to.deep.include({
      bytesScannedCutoffPerQuery: 10e9,
    });
    expect(given.inputs("NamedQuery", `${NAME}-sales`)["query"]).to.contain("interval '7' day");
    expect(given.inputs("NamedQuery", `${NAME}-funnel`)["query"]).to.contain("interval '60' day");
    const rules = given.inputs("BucketLifecycleConfiguration", `${NAME}-output`)["rules"] as unknown[];
    expect(rules[1]).to.deep.include({ expiration: { days: 3 } });
  });

  it("refuses a hot window that does not end before the warm one, before any resource", async () => {
    const nothing = await deploy(() => {
      const build = (): unknown => new ServingLayer(NAME, { ...ARGS, hotFor: "90 days" });
      expect(build).to.throw(InvalidArgumentError, "hotFor is 90 days and warmUntil 90 days");
    });
    expect(nothing.registrations).to.deep.equal([]);
  });
});
