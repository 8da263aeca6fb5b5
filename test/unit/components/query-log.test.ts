import { expect } from "chai";
import { QueryLog } from "../../../components/query-log";
import { QUERY_LOG_ENV, readTeams } from "../../../handlers/query-log/settings";
import { unloadStatement } from "../../../handlers/query-log/unload";
import { arnOf, deploy, expectNamesPrefixed, physicalName, type Recording } from "../support/cloud-mocks";
import { ARGS, BUCKET, BUCKET_ARN, granted, HERE, NAME, variables } from "./query-log-support";

const KEY = arnOf(`${NAME}-key`);
const MAINTENANCE = physicalName(`${NAME}-maintenance`);
const WORKGROUPS = ["wg-bi", "wg-adhoc", MAINTENANCE];
const WORKGROUP_ARNS = WORKGROUPS.map((name) => `arn:aws:athena:${HERE}:workgroup/${name}`);

function columnsOf(recording: Recording, table: string): { name: string; type: string }[] {
  const { columns } = recording.inputs("CatalogTable", `${NAME}-${table}`)["storageDescriptor"] as {
    columns: { name: string; type: string }[];
  };
  return columns.map(({ name, type }) => ({ name, type }));
}

describe("QueryLog without a warehouse", function () {
  this.timeout(90_000);
  let recording: Recording;
  before(async () => {
    recording = await deploy(() => new QueryLog(NAME, ARGS));
  });

  it("makes exactly these resources, named after it", () => {
    expectNamesPrefixed(recording);
    const made = recording.registrations
      .filter(({ custom, type }) => custom && !type.startsWith("aws:s3/"))
      .map(({ type, name }) => `${type.split(":").at(-1)} ${name.slice(NAME.length)}`);
    expect(made.sort()).to.deep.equal([
      "Alias -key",
      "CatalogDatabase -database",
      "CatalogTable -cost-by-team",
      "CatalogTable -log",
      "CatalogTable -queries-without-date-predicate",
      "CatalogTable -query-p95",
      "CatalogTable -staged",
      "CatalogTable -top-scans",
      "EventRule -athena",
      "EventRule -daily",
      "EventRule -hourly",
      "EventSourceMapping -record",
      "EventTarget -athena",
      "EventTarget -daily",
      "EventTarget -hourly",
      "Function -maintain",
      "Function -record",
      "Key -key",
      "LogGroup -maintain",
      "LogGroup -record",
      "Permission -daily",
      "Permission -hourly",
      "Queue -dlq",
      "Queue -queue",
      "QueuePolicy -dlq",
      "QueuePolicy -queue",
      "Role -maintain",
      "Role -record",
      "RolePolicy -maintain",
      "RolePolicy -record",
      "Workgroup -maintenance",
    ]);
  });

  it("matches the ends of queries of its workgroups, its own included", () => {
    const pattern = recording.inputs("EventRule", `${NAME}-athena`)["eventPattern"] as string;
    expect(JSON.parse(pattern)).to.deep.equal({
      source: ["aws.athena"],
      "detail-type": ["Athena Query State Change"],
      detail: { currentState: ["SUCCEEDED", "FAILED", "CANCELLED"], workgroupName: WORKGROUPS },
    });
    expect(recording.inputs("EventTarget", `${NAME}-athena`)).to.deep.equal({
      rule: physicalName(`${NAME}-athena`),
      targetId: "query-log-queue",
      arn: arnOf(`${NAME}-queue`),
      deadLetterConfig: { arn: arnOf(`${NAME}-dlq`) },
    });
    expect(recording.one("EventTarget", `${NAME}-athena`).dependencies).to.include.members(
      recording.ofType("QueuePolicy").map(({ urn }) => urn),
    );
  });

  it("publishes every hour and reconciles every day, each by a rule that may start the function", () => {
    for (const [id, scheduleExpression, task] of [
      ["hourly", "rate(1 hour)", "publish"],
      ["daily", "cron(5 1 * * ? *)", "reconcile"],
    ] as const) {
      expect(recording.inputs("EventRule", `${NAME}-${id}`)).to.include({ scheduleExpression });
      expect(recording.inputs("EventTarget", `${NAME}-${id}`)).to.deep.equal({
        rule: physicalName(`${NAME}-${id}`),
        targetId: "query-log",
        arn: arnOf(`${NAME}-maintain`),
        input: JSON.stringify({ task }),
        deadLetterConfig: { arn: arnOf(`${NAME}-dlq`) },
      });
      expect(recording.inputs("Permission", `${NAME}-${id}`)).to.deep.equal({
        function: physicalName(`${NAME}-maintain`),
        action: "lambda:InvokeFunction",
        principal: "events.amazonaws.com",
        sourceArn: arnOf(`${NAME}-${id}`),
      });
    }
  });

  it("keeps events encrypted, invisible for six timeouts, and sets them aside after five receives", () => {
    expect(recording.inputs("Queue", `${NAME}-queue`)).to.deep.include({
      kmsMasterKeyId: KEY,
      visibilityTimeoutSeconds: 180,
      redrivePolicy: JSON.stringify({ deadLetterTargetArn: arnOf(`${NAME}-dlq`), maxReceiveCount: 5 }),
    });
    expect(recording.inputs("EventSourceMapping", `${NAME}-record`)).to.deep.equal({
      eventSourceArn: arnOf(`${NAME}-queue`),
      functionName: arnOf(`${NAME}-record`),
      batchSize: 10,
      functionResponseTypes: ["ReportBatchItemFailures"],
      scalingConfig: { maximumConcurrency: 2 },
    });
    expect(recording.inputs("Function", `${NAME}-record`)).to.include({ timeout: 30 });
  });

  it("lets each rule into the queue that it needs, and the key's services in by this log's names only", () => {
    const sources = (queue: string): unknown =>
      recording.statement("QueuePolicy", `${NAME}-${queue}`, "RulesOnly").Condition?.["ArnEquals"]?.["aws:SourceArn"];
    expect(sources("queue")).to.deep.equal([arnOf(`${NAME}-athena`)]);
    expect(sources("dlq")).to.deep.equal(["athena", "hourly", "daily"].map((id) => arnOf(`${NAME}-${id}`)));
    const statements = recording.policy("Key", `${NAME}-key`).Statement;
    const services = statements.filter(({ Principal }) => "Service" in (Principal as object));
    expect(services.map(({ Principal, Condition }) => [Principal, Condition])).to.deep.equal([
      [{ Service: "events.amazonaws.com" }, { ArnLike: { "aws:SourceArn": `arn:aws:events:${HERE}:rule/${NAME}-*` } }],
      [
        { Service: "logs.eu-west-1.amazonaws.com" },
        { ArnLike: { "kms:EncryptionContext:aws:logs:arn": `arn:aws:logs:${HERE}:log-group:${NAME}-*` } },
      ],
    ]);
  });

  it("keeps staged records longer than Athena's own history, and the log for 400 days", () => {
    const rules = recording.inputs("BucketLifecycleConfiguration", `${NAME}-lake`)["rules"] as {
      filter: { prefix: string };
      expiration?: { days: number };
    }[];
    const expiry = rules.map(({ filter, expiration }) => [filter.prefix, expiration?.days]);
    expect(expiry).to.deep.equal([
      ["", undefined],
      ["staging/", 60],
      ["query_log/", 400],
      ["results/", 7],
    ]);
  });

  it("has a workgroup of its own that enforces place, key and a small limit", () => {
    expect(recording.inputs("Workgroup", `${NAME}-maintenance`)["configuration"]).to.deep.equal({
      enforceWorkgroupConfiguration: true,
      publishCloudwatchMetricsEnabled: true,
      bytesScannedCutoffPerQuery: 1e9,
      requesterPaysEnabled: false,
      engineVersion: { selectedEngineVersion: "Athena engine version 3" },
      resultConfiguration: {
        outputLocation: `s3://${BUCKET}/results/`,
        encryptionConfiguration: { encryptionOption: "SSE_KMS", kmsKeyArn: KEY },
        expectedBucketOwner: "123456789012",
      },
    });
  });

  it("hands the functions environments that they accept", () => {
    const teams = { "wg-bi": "bi", "wg-adhoc": "analysts", [MAINTENANCE]: "maintenance" };
    expect(readTeams(variables(recording, "record"))).to.deep.equal(teams);
    expect(variables(recording, "record")[QUERY_LOG_ENV.bucket]).to.equal(BUCKET);
    expect(variables(recording, "maintain")).to.deep.equal({
      [QUERY_LOG_ENV.bucket]: BUCKET,
      [QUERY_LOG_ENV.teams]: JSON.stringify(teams),
      [QUERY_LOG_ENV.database]: "clickstream_test_queries",
      [QUERY_LOG_ENV.workgroup]: MAINTENANCE,
    });
  });

  it("lets the functions do what they do on exactly their own resources", () => {
    const write = ["WriteRecords", "Allow", "s3:PutObject", `${BUCKET_ARN}/staging/*`];
    const glue = (table: string): string[] =>
      ["catalog", "database/clickstream_test_queries", `table/clickstream_test_queries/${table}`].map(
        (resource) => `arn:aws:glue:${HERE}:${resource}`,
      );
    expect(granted(recording, "record")).to.deep.equal([
      [
        "TakeMessages",
        "Allow",
        ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
        arnOf(`${NAME}-queue`),
      ],
      ["QueryHistory", "Allow", ["athena:BatchGetQueryExecution", "athena:GetQueryRuntimeStatistics"], WORKGROUP_ARNS],
      write,
    ]);
    const maintain = granted(recording, "maintain") as [string, string, string[], string[]][];
    expect(maintain.map(([sid, , , resource]) => [sid, resource])).to.deep.equal([
      ["QueryHistory", WORKGROUP_ARNS],
      ["WriteRecords", `${BUCKET_ARN}/staging/*`],
      ["RunInOwnWorkgroup", [WORKGROUP_ARNS[2]]],
      ["StagedList", BUCKET_ARN],
      ["StagedGet", [`${BUCKET_ARN}/staging/*`, `${BUCKET_ARN}/staging`]],
      ["LogList", BUCKET_ARN],
      [
        "LogWrite",
        [
          `${BUCKET_ARN}/query_log/*`,
          `${BUCKET_ARN}/results/*`,
          `${BUCKET_ARN}/query_log`,
          `${BUCKET_ARN}/results`,
          `${BUCKET_ARN}/query_log_$folder$`,
          `${BUCKET_ARN}/results_$folder$`,
        ],
      ],
      ["StagedTable", glue("query_log_staged")],
      ["LogTable", glue("query_log")],
      ["DefaultDatabase", [`arn:aws:glue:${HERE}:catalog`, `arn:aws:glue:${HERE}:database/default`]],
      ["DeadLetterOwnEvents", arnOf(`${NAME}-dlq`)],
    ]);
    const byId = new Map(maintain.map(([sid, , action]) => [sid, action]));
    expect(byId.get("StagedTable")).to.not.include("glue:UpdatePartition");
    expect(byId.get("LogTable")).to.include.members(["glue:UpdatePartition", "glue:CreatePartition"]);
  });

  it("publishes the columns of the log, in their order, from the staged table", () => {
    const log = columnsOf(recording, "log");
    const staged = columnsOf(recording, "staged");
    expect(staged.map(({ name }) => name)).to.deep.equal(log.map(({ name }) => name));
    expect(log.filter(({ type }, at) => staged[at]?.type !== type)).to.deep.equal([
      { name: "submitted_at", type: "timestamp" },
    ]);
    const [, selected = ""] = /SELECT (.*?)\s+FROM/s.exec(unloadStatement("d", "2026-11-25", "s3://b/k/")) ?? [];
    const names = selected.split(",").map((one) => one.trim().split(" ").at(-1));
    expect(names).to.deep.equal(log.map(({ name }) => name));
  });

  it("projects the staged table's days, and leaves the log's to the publication", () => {
    expect(recording.inputs("CatalogTable", `${NAME}-staged`)["parameters"]).to.deep.include({
      "projection.enabled": "true",
      "projection.event_date.range": "2024-01-01,NOW",
      "storage.location.template": `s3://${BUCKET}/staging/event_date=\${event_date}/`,
    });
    expect(recording.inputs("CatalogTable", `${NAME}-log`)["parameters"]).to.not.have.property("projection.enabled");
  });

  for (const view of ["query-p95", "top-scans", "cost-by-team", "queries-without-date-predicate"]) {
    it(`writes ${view} as Athena writes its views`, () => {
      const inputs = recording.inputs("CatalogTable", `${NAME}-${view}`);
      expect(inputs).to.deep.include({
        tableType: "VIRTUAL_VIEW",
        parameters: { presto_view: "true", comment: "Presto View" },
        viewExpandedText: "/* Presto View */",
      });
      const [, encoded = ""] = /^\/\* Presto View: (\S+) \*\/$/.exec(inputs["viewOriginalText"] as string) ?? [];
      const definition = JSON.parse(Buffer.from(encoded, "base64").toString()) as {
        schema: string;
        catalog: string;
        columns: { name: string }[];
      };
      expect(definition).to.deep.include({ schema: "clickstream_test_queries", catalog: "awsdatacatalog" });
      const names = definition.columns.map(({ name }) => name);
      expect(names).to.deep.equal(columnsOf(recording, view).map(({ name }) => name));
    });
  }
});
