import * as path from "node:path";
import { expect } from "chai";
import { Warehouse, type WarehouseArgs } from "../../../../components/warehouse/warehouse";
import type { WarehouseSettings } from "../../../../components/warehouse/settings";
import { deploy, expectNamesPrefixed, type Recording } from "../../support/cloud-mocks";
import { location, NETWORK, ZONE } from "../../support/zone";

const NAME = "clickstream-test-warehouse";

const argsOf = (settings: WarehouseSettings): WarehouseArgs => ({
  zone: ZONE,
  network: NETWORK,
  settings,
  clicks: location("gold", "fact_clicks"),
  users: location("gold", "dim_users"),
  sales: location("gold", "daily_sales"),
  goldJob: "gold-job",
  environment: "dev",
  team: "Web",
  migrationsDirectory: path.resolve(__dirname, "..", "..", "..", "..", "warehouse", "migrations"),
});
const make = (settings: WarehouseSettings): Promise<Recording> =>
  deploy(() => {
    new Warehouse(NAME, argsOf(settings));
  });

describe("Warehouse, provisioned", () => {
  let recording: Recording;
  before(async () => {
    recording = await make({
      mode: "provisioned",
      pauseSchedule: "cron(0 19 * * ? *)",
      resumeSchedule: "cron(0 6 * * ? *)",
      idleMinutes: 60,
    });
  });

  it("names everything after itself", () => expectNamesPrefixed(recording));

  it("is a private, encrypted, routed cluster with an administrator whose password nobody knows", () => {
    const cluster = recording.inputs("Cluster", NAME);
    expect(cluster).to.deep.include({
      clusterIdentifier: NAME,
      nodeType: "ra3.xlplus",
      clusterType: "multi-node",
      numberOfNodes: 2,
      databaseName: "clickstream",
      masterUsername: "warehouse_admin",
      manageMasterPassword: true,
      port: 5440,
      publiclyAccessible: false,
      enhancedVpcRouting: true,
      encrypted: "true",
      automatedSnapshotRetentionPeriod: 7,
      preferredMaintenanceWindow: "sun:03:00-sun:04:00",
      allowVersionUpgrade: true,
      skipFinalSnapshot: false,
      finalSnapshotIdentifier: `${NAME}-final`,
    });
    expect(cluster).not.to.have.any.keys("masterPassword", "elasticIp");
  });

  it("asks for TLS, logs every statement, limits Spectrum, and sleeps by the clock", () => {
    const parameters = recording.inputs("ParameterGroup", NAME)["parameters"] as { name: string; value: string }[];
    const values = Object.fromEntries(parameters.map(({ name, value }) => [name, value]));
    expect(values).to.include({ require_ssl: "true", enable_user_activity_logging: "true" });
    expect(recording.inputs("Logging", NAME)["logExports"]).to.have.length(3);
    expect(recording.inputs("UsageLimit", `${NAME}-spectrum`)).to.deep.include({
      featureType: "spectrum",
      limitType: "data-scanned",
      amount: 2,
      period: "daily",
      breachAction: "disable",
    });
    expect(recording.inputs("ScheduledAction", `${NAME}-pause`)).to.deep.include({
      schedule: "cron(0 19 * * ? *)",
      targetAction: { pauseCluster: { clusterIdentifier: NAME } },
    });
    expect(recording.ofType("ScheduledAction")).to.have.length(2);
  });

  it("has no way out but S3 and the Glue catalog", () => {
    const group = recording.inputs("SecurityGroup", NAME);
    expect((group["ingress"] as { fromPort: number }[]).map(({ fromPort }) => fromPort)).to.deep.equal([5440]);
    expect((group["egress"] as { toPort: number }[]).map(({ toPort }) => toPort)).to.deep.equal([443, 443]);
    expect(group["egress"]).to.deep.include.members([
      {
        description: "The Glue catalog through its endpoint",
        protocol: "tcp",
        fromPort: 443,
        toPort: 443,
        securityGroups: ["sg-endpoints"],
      },
    ]);
    expect(JSON.stringify(group)).not.to.contain("0.0.0.0/0");
  });

  it("lets the warehouse read the gold tables, and nothing else of the lake", () => {
    const get = recording.statement("RolePolicy", `${NAME}-lake`, "GoldGet");
    expect(get.Resource).to.deep.equal(
      ["/*", ""].flatMap((end) =>
        ["fact_clicks", "dim_users", "daily_sales"].map((table) => `arn:aws:s3:::gold-bucket/${table}${end}`),
      ),
    );
    const actions = recording.policy("RolePolicy", `${NAME}-lake`).Statement.flatMap(({ Action }) => Action);
    expect(actions.filter((action) => /Put|Delete|Update|Create/.test(action))).to.deep.equal([]);
  });

  it("lets functions send statements to this warehouse, see their own, and wake or pause this cluster", () => {
    const statements = recording.policy("RolePolicy", `${NAME}-loader`).Statement;
    const bySid = Object.fromEntries(statements.map((statement) => [statement.Sid, statement]));
    expect(bySid["OwnStatements"]?.Condition).to.deep.equal({
      StringEquals: { "redshift-data:statement-owner-iam-userid": "${aws:userid}" },
    });
    expect(bySid["SendStatements"]?.Resource).to.equal(bySid["WakeCluster"]?.Resource);
    expect(bySid["PauseCluster"]).to.equal(undefined);
    expect(recording.statement("RolePolicy", `${NAME}-pause`, "PauseCluster").Action).to.equal("redshift:PauseCluster");
  });

  it("applies every migration with its placeholders filled in, and loads after it", () => {
    const input = recording.inputs("Invocation", `${NAME}-schema`)["input"] as string;
    const { migrations } = JSON.parse(input) as { migrations: { id: string; statements: string[] }[] };
    expect(migrations).to.have.length(9);
    expect(JSON.stringify(migrations)).to.contain("x_gold").and.contain("web_analysts").and.not.contain("${");
  });

  it("loads after each success of the gold job alone, and measures each load", () => {
    const pattern = JSON.parse(recording.inputs("EventRule", `${NAME}-loader`)["eventPattern"] as string) as object;
    expect(pattern).to.deep.equal({
      source: ["aws.glue"],
      "detail-type": ["Glue Job State Change"],
      detail: { jobName: ["gold-job"], state: ["SUCCEEDED"] },
    });
    const environment = recording.inputs("Function", `${NAME}-loader`)["environment"] as { variables: object };
    expect(environment.variables).to.include({ TEAM: "Web", ENVIRONMENT: "dev", PIPELINE: ZONE.pipelineName });
  });
});

describe("Warehouse, serverless", () => {
  let recording: Recording;
  before(async () => (recording = await make({ mode: "serverless" })));

  it("lists every configuration parameter, since a second `up` would find the others changed", () => {
    const workgroup = recording.inputs("Workgroup", NAME);
    const keys = (workgroup["configParameters"] as { parameterKey: string }[]).map(({ parameterKey }) => parameterKey);
    expect(keys).to.deep.equal([
      "auto_mv",
      "datestyle",
      "enable_case_sensitive_identifier",
      "enable_user_activity_logging",
      "max_query_execution_time",
      "query_group",
      "require_ssl",
      "search_path",
      "use_fips_ssl",
    ]);
    expect(workgroup).to.deep.include({ baseCapacity: 8, maxCapacity: 64, port: 5440, publiclyAccessible: false });
    expect(recording.inputs("Namespace", NAME)).to.deep.include({ manageAdminPassword: true, dbName: "clickstream" });
  });

  it("has no cluster to wake, pause or resize", () => {
    expect(recording.ofType("Cluster").concat(recording.ofType("ScheduledAction"))).to.deep.equal([]);
    const sids = recording.policy("RolePolicy", `${NAME}-loader`).Statement.map(({ Sid }) => Sid);
    expect(sids).not.to.include("WakeCluster");
  });
});
