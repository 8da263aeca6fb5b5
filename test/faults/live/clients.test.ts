import { PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { expect } from "chai";
import { alertQueueDrained } from "../../../automation/stack/alert-probe";
import { queryAthena } from "../../../automation/stack/athena";
import type { AwsClients } from "../../../automation/stack/clients";
import { runGold, runSilver, startJob } from "../../../automation/stack/etl";
import { JobBusyError } from "../../../automation/stack/job-runs";
import { queryWarehouse } from "../../../automation/stack/warehouse";
import { faultyStack, type FaultyStack } from "./faulty-stack";
import type { FaultRule } from "./proxy";

const THROTTLED = { code: "ThrottlingException", status: 400 };
const BROKEN = { code: "InternalServerException", status: 500 };
/** The service does what it is told, and the connection ends within its answer. */
const ANSWER_LOST = { abort_bytes: 0 } as const;

const PUT = { service: "s3", operation: "PutObject" } as const;
const S3_FAULTS: readonly [string, FaultRule][] = [
  ["S3 answers 503 to a landing", { ...PUT, times: 2, error: { code: "SlowDown", status: 503 } }],
  ["S3: upload cut off", { ...PUT, times: 1, request: { cut_upload: { after_bytes: 100 } } }],
  ["S3 is slow", { service: "s3", times: 5, latency: { min: 200, max: 600 } }],
  ["S3: connection reset", { ...PUT, times: 2, reset: true }],
];

describe("faults between clients and services", () => {
  let at: FaultyStack;

  before("bring the stack up", async () => {
    at = await faultyStack();
  });

  const failureOf = (work: Promise<unknown>): Promise<unknown> =>
    work.then(
      () => undefined,
      (error: unknown) => error,
    );

  it("land every event once, and alert every order once", async () => {
    const subscription = "SNS throttles and SQS fails a subscription";
    const rules: FaultRule[] = [
      { service: "sns", times: 2, error: { code: "Throttled", status: 429 } },
      { service: "sqs", times: 1, error: { code: "ServiceUnavailable", status: 503 } },
    ];
    const probe = await at.under(subscription, "default", rules, () => at.alertProbe(at.faulty));
    for (const [kind, rule] of S3_FAULTS) await at.under(kind, "default", [rule], () => at.land(at.faulty, 20));

    const bus = "EventBridge takes a purchase, its answer is lost";
    const detail = { user_id: "u1", event_timestamp: new Date().toISOString(), order: at.landed.order() };
    const entry = { Source: "clickstream.web", DetailType: "purchase", Detail: JSON.stringify(detail) };
    const put = new PutEventsCommand({ Entries: [{ EventBusName: at.outputs.purchaseBus, ...entry }] });
    const lost: FaultRule = { service: "events", operation: "PutEvents", times: 1, response: ANSWER_LOST };
    await at.under(bus, "default", [lost], () => at.faulty.eventBridge.send(put));

    const queue = "SQS fails while it is asked";
    const failing: FaultRule = { service: "sqs", operation: "GetQueueAttributes", times: 2, error: BROKEN };
    const alerts = await at.under(queue, "default", [failing], () =>
      probe.collect(at.landed.orders.size, () => alertQueueDrained(at.faulty, at.outputs), 120),
    );
    const kinds = [subscription, ...S3_FAULTS.map(([kind]) => kind), bus, queue];
    expect(at.chargeAlerts(kinds, alerts), "orders that were told twice").to.deep.equal([]);
  });

  it("run the jobs once for each order to run them", async () => {
    const { outputs } = at;
    const start = "Glue throttles a start, and fails while it is asked";
    const rules: FaultRule[] = [
      { service: "glue", operation: "StartJobRun", times: 2, error: THROTTLED },
      { service: "glue", operation: "GetJobRun", times: 3, error: BROKEN },
    ];
    await at.under(start, "glue", rules, () => runSilver(at.faulty, outputs));
    const report = "S3 breaks off a job's report";
    const cut: FaultRule = { service: "s3", operation: "GetObject", times: 1, response: { abort_frac: 0.3 } };
    await at.under(report, "default", [cut], () => runGold(at.faulty, outputs));
    await at.account([...S3_FAULTS.map(([kind]) => kind), start, report]);

    const lost = "Glue starts a run, its answer is lost";
    const second = "a second run while one is running";
    await at.land(at.clients, 10);
    const answer: FaultRule = { service: "glue", operation: "StartJobRun", times: 1, response: ANSWER_LOST };
    // StartJobRun takes no token: the client's second try meets the run of its first, and Glue starts no other.
    const busy = await at.under(lost, "glue", [answer], () =>
      failureOf(startJob(at.faulty.glue, outputs.silverJob, {})),
    );
    expect(busy).to.be.instanceOf(JobBusyError);
    at.tally.run([second]);
    expect(await failureOf(startJob(at.clients.glue, outputs.silverJob, {}))).to.be.instanceOf(JobBusyError);
    await at.idle(outputs.silverJob);
    await runGold(at.clients, outputs);
    await at.account([lost, second]);
  });

  it("ask Athena and the warehouse once for each statement", async () => {
    const gold = { workgroup: at.outputs.adhocWorkgroup, database: at.outputs.goldDatabase };
    const athena: FaultRule[] = [
      { service: "athena", operation: "StartQueryExecution", times: 1, error: THROTTLED },
      { service: "athena", operation: "StartQueryExecution", times: 1, response: ANSWER_LOST },
      { service: "athena", operation: "GetQueryResults", times: 1, error: BROKEN },
    ];
    const { rows } = await at.under("Athena throttles, and its answer is lost", "athena", athena, () =>
      queryAthena(at.faulty.athena, gold, "SELECT count(*) FROM fact_clicks"),
    );
    expect(Number(rows[0]?.[0])).to.equal(at.landed.ids.size);

    const sql = (text: string, clients: AwsClients = at.clients): ReturnType<typeof queryWarehouse> =>
      queryWarehouse(clients, at.outputs, text);
    const data = { service: "redshift-data", operation: "ExecuteStatement" } as const;
    const throttled: FaultRule[] = [
      { ...data, times: 2, error: THROTTLED },
      { ...data, operation: "DescribeStatement", times: 2, error: BROKEN },
    ];
    const kinds = ["Redshift Data throttles", "Redshift Data runs a statement, its answer is lost"] as const;
    await sql("CREATE TABLE fault_probe (n INT)");
    await at.under(kinds[0], "redshift_data", throttled, () => sql("INSERT INTO fault_probe VALUES (1)", at.faulty));
    const lost: FaultRule = { ...data, times: 1, response: ANSWER_LOST };
    await at.under(kinds[1], "redshift_data", [lost], () => sql("INSERT INTO fault_probe VALUES (2)", at.faulty));
    const found = (await sql("SELECT n FROM fault_probe ORDER BY n")).rows.map(([n]) => Number(n));
    const missing = [1, 2].filter((n) => !found.includes(n)).length;
    at.tally.charge(kinds, { lost: missing, duplicated: found.length - new Set(found).size });
    expect(found).to.deep.equal([1, 2]);
    await sql("DROP TABLE fault_probe");
  });
});
