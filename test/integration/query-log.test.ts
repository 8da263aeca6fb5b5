import {
  BatchGetQueryExecutionCommand,
  StartQueryExecutionCommand,
  StopQueryExecutionCommand,
  type QueryExecution,
} from "@aws-sdk/client-athena";
import { DisableRuleCommand, EnableRuleCommand, ListRulesCommand } from "@aws-sdk/client-eventbridge";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { ListObjectsV2Command } from "@aws-sdk/client-s3";
import { GetQueueAttributesCommand, ListQueuesCommand, SendMessageCommand } from "@aws-sdk/client-sqs";
import { expect } from "chai";
import { EphemeralStack } from "../../automation/ephemeral-stack";
import { queryAthena, type QueryAnswer } from "../../automation/stack/athena";
import type { StackOutputs } from "../../automation/stack/outputs";
import { utcDay } from "../../handlers/query-log/query-record";
import { landGenerated } from "./support/lake";
import { eventually } from "./support/processes";

const SECRET = "ann@example.com";
const ENDED = ["SUCCEEDED", "FAILED", "CANCELLED"];
/** Long enough to be stopped, whatever the machine. */
const ENDLESS =
  "SELECT count(*) FROM UNNEST(sequence(1, 10000)) a(x), UNNEST(sequence(1, 10000)) b(y), UNNEST(sequence(1, 100)) c(z)";

/** Number of queries of `mixedQueries` that name no day. */
const DATELESS = 5;
const EVENTS_END = new Date(Math.floor(Date.now() / 3_600_000) * 3_600_000);

interface Asked {
  sql: string;
  team: "bi" | "analysts";
  reuse?: boolean;
  stop?: boolean;
}

/** Queries that read no table, fail, change the catalog or never end, in turn. */
const CHEAP: readonly ((n: number) => Asked)[] = [
  (n) => ({ sql: `SELECT ${n} AS n, '${SECRET}' AS who`, team: "bi", reuse: true }),
  (n) => ({ sql: `SELECT * FROM missing_${n % 3} WHERE who = '${SECRET}'`, team: "analysts" }),
  (n) => ({ sql: `SELECT CAST('${SECRET}${n}' AS bigint)`, team: "bi" }),
  () => ({ sql: "SHOW TABLES", team: "analysts" }),
  (n) => ({ sql: `CREATE OR REPLACE VIEW seen AS SELECT '${SECRET}' AS who, ${n} AS n`, team: "analysts" }),
  () => ({ sql: ENDLESS, team: "bi", stop: true }),
];

/** 200 queries of every kind; each names a person, whom the log must not know. Few of them read the raw files. */
function mixedQueries(): Asked[] {
  const dateless = (n: number): Asked => ({
    sql: `SELECT event_type FROM raw_events WHERE user_id = '${SECRET}' LIMIT ${n + 1}`,
    team: "analysts",
  });
  const [year = "", month = "", day = ""] = utcDay(EVENTS_END).split("-");
  const dated = (n: number): Asked => ({
    sql:
      `SELECT count(*) FROM raw_events WHERE year = '${year}' AND month = '${month}' AND day = '${day}' ` +
      `AND user_id <> '${SECRET}${n}'`,
    team: "bi",
  });
  return Array.from({ length: 200 }, (_, n) => {
    if (n % 40 === 0) return dateless(n);
    return n % 10 === 0 ? dated(n) : (CHEAP[n % CHEAP.length] as (n: number) => Asked)(n);
  });
}

describe("the query log on the local target", () => {
  let stack: EphemeralStack;
  let outputs: StackOutputs;
  let lambda: LambdaClient;
  let asked: Map<string, Asked>;
  let executions: QueryExecution[];

  before(async () => {
    stack = await EphemeralStack.create();
    ({ outputs } = await stack.up());
    const credentials = { accessKeyId: "test", secretAccessKey: "test" };
    lambda = new LambdaClient({ region: stack.region, endpoint: stack.target.endpointOf("default"), credentials });
    await landGenerated({ clients: stack.clients, outputs }, { events: 300, seed: 5, days: 0.25, end: EVENTS_END });
  });
  after(async () => {
    lambda.destroy();
    await stack.destroy();
  });

  const ask = async ({ sql, team, reuse, stop }: Asked): Promise<string> => {
    const { QueryExecutionId: id = "" } = await stack.clients.athena.send(
      new StartQueryExecutionCommand({
        QueryString: sql,
        WorkGroup: team === "bi" ? outputs.biWorkgroup : outputs.adhocWorkgroup,
        QueryExecutionContext: { Database: outputs.bronzeDatabase },
        ResultReuseConfiguration: { ResultReuseByAgeConfiguration: { Enabled: reuse ?? false, MaxAgeInMinutes: 5 } },
      }),
    );
    if (stop === true) await stack.clients.athena.send(new StopQueryExecutionCommand({ QueryExecutionId: id }));
    return id;
  };
  const ended = async (ids: readonly string[]): Promise<QueryExecution[]> => {
    const found: QueryExecution[] = [];
    for (let at = 0; at < ids.length; at += 50) {
      const batch = new BatchGetQueryExecutionCommand({ QueryExecutionIds: ids.slice(at, at + 50) });
      found.push(...((await stack.clients.athena.send(batch)).QueryExecutions ?? []));
    }
    return found.filter(({ Status }) => ENDED.includes(Status?.State ?? ""));
  };
  const allEnded = async (ids: readonly string[]): Promise<QueryExecution[]> => {
    await eventually("the end of all queries", async () => (await ended(ids)).length === ids.length, 120);
    return ended(ids);
  };
  const staged = async (): Promise<string[]> => {
    const keys: string[] = [];
    let token: string | undefined;
    do {
      const list = new ListObjectsV2Command({
        Bucket: outputs.queryLogBucket,
        Prefix: "staging/",
        ...(token === undefined ? {} : { ContinuationToken: token }),
      });
      const page = await stack.clients.s3.send(list);
      keys.push(...(page.Contents ?? []).map(({ Key }) => Key ?? ""));
      token = page.NextContinuationToken;
    } while (token !== undefined);
    return keys;
  };
  const stagedOf = async (ids: readonly string[]): Promise<string[]> =>
    (await staged()).filter((key) => ids.some((id) => key.endsWith(`/athena-${id}.json`)));
  const invoke = async (request: object): Promise<Record<string, unknown>> => {
    const call = new InvokeCommand({ FunctionName: outputs.queryLogFunction, Payload: JSON.stringify(request) });
    const { FunctionError, Payload } = await lambda.send(call);
    const answer = new TextDecoder().decode(Payload);
    expect(FunctionError, answer).to.equal(undefined);
    return JSON.parse(answer) as Record<string, unknown>;
  };
  const fromLog = (sql: string): Promise<QueryAnswer> =>
    queryAthena(stack.clients.athena, { workgroup: outputs.adhocWorkgroup, database: outputs.queryLogDatabase }, sql);
  /** Rows of the log of the queries asked for here: id, state, bytes, team. */
  const logged = async (): Promise<(string | null)[][]> => {
    const { rows } = await fromLog("SELECT query_id, state, bytes_scanned, team, cache_hit FROM query_log");
    return rows.filter(([id]) => asked.has(id ?? "")).sort(([a], [b]) => String(a).localeCompare(String(b)));
  };
  const expectedRows = (): (string | null)[][] =>
    executions
      .map(({ QueryExecutionId: id = "", Status, Statistics }) => [
        id,
        Status?.State ?? "",
        String(Statistics?.DataScannedInBytes),
        asked.get(id)?.team ?? "",
        String(Statistics?.ResultReuseInformation?.ReusedPreviousResult),
      ])
      .sort(([a], [b]) => String(a).localeCompare(String(b)));
  const athenaRule = async (): Promise<{ Name: string }> => {
    const list = new ListRulesCommand({ NamePrefix: `${outputs.pipelineName}-queries-athena` });
    return { Name: (await stack.clients.eventBridge.send(list)).Rules?.[0]?.Name ?? "" };
  };
  const queueUrl = async (suffix: string): Promise<string> => {
    const list = new ListQueuesCommand({ QueueNamePrefix: `${outputs.pipelineName}-queries-${suffix}` });
    return (await stack.clients.sqs.send(list)).QueueUrls?.[0] ?? "";
  };

  it("records each of 200 queries by its event, but for those whose events are lost", async () => {
    const queries = mixedQueries();
    asked = new Map();
    for (const query of queries.slice(0, 190)) asked.set(await ask(query), query);
    const heard = [...asked.keys()];
    await allEnded(heard);
    await eventually("a record of each query", async () => (await stagedOf(heard)).length === heard.length, 120);

    await stack.clients.eventBridge.send(new DisableRuleCommand(await athenaRule()));
    for (const query of queries.slice(190)) asked.set(await ask(query), query);
    const lost = [...asked.keys()].slice(190);
    executions = await allEnded([...asked.keys()]);
    expect(await stagedOf(lost)).to.deep.equal([]);
    const states = new Set(executions.map(({ Status }) => Status?.State));
    expect([...states].sort()).to.deep.equal(["CANCELLED", "FAILED", "SUCCEEDED"]);
  });

  it("publishes what it has, and finds the rest", async () => {
    const first = await invoke({ task: "publish" });
    expect((first["published"] as { days: string[] }).days).to.not.deep.equal([]);
    expect(await logged()).to.have.length(190);
    const second = await invoke({ task: "reconcile" });
    expect((second["reconciled"] as { found: number }).found).to.be.at.least(10);
    expect(await logged()).to.deep.equal(expectedRows());
    // Only now: an event that is late would otherwise be in time.
    await stack.clients.eventBridge.send(new EnableRuleCommand(await athenaRule()));
  });

  it("has nothing twice when events come again", async () => {
    const url = await queueUrl("queue");
    for (const id of [...asked.keys()].slice(0, 40)) {
      const MessageBody = JSON.stringify({ source: "aws.athena", detail: { queryExecutionId: id } });
      for (let time = 0; time < 2; time += 1) {
        await stack.clients.sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody }));
      }
    }
    const waiting = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"] as const;
    const counts = async (queue: string): Promise<string[]> => {
      const command = new GetQueueAttributesCommand({ QueueUrl: queue, AttributeNames: [...waiting] });
      return Object.values((await stack.clients.sqs.send(command)).Attributes ?? {});
    };
    await eventually("an empty queue", async () => (await counts(url)).every((count) => count === "0"), 60);
    expect(await stagedOf([...asked.keys()])).to.have.length(200);
    await invoke({ task: "reconcile", days: 45 });
    await invoke({ task: "publish" });
    expect(await logged()).to.deep.equal(expectedRows());
    expect(await counts(await queueUrl("dlq"))).to.deep.equal(["0", "0"]);
  });

  it("keeps no value of any statement", async () => {
    const { rows } = await fromLog(
      "SELECT query_text, error FROM query_log WHERE strpos(query_text || coalesce(error, ''), 'example') > 0",
    );
    expect(rows).to.deep.equal([]);
    const forms = await fromLog(
      "SELECT query_text, count(*) FROM query_log WHERE query_text LIKE 'select event_type from raw_events%' GROUP BY 1",
    );
    expect(forms.rows).to.deep.equal([
      ["select event_type from raw_events where user_id = ? limit ?", String(DATELESS)],
    ]);
  });

  it("answers how long queries take, what they cost, and which read without a date", async () => {
    const p95 = await fromLog("SELECT team, engine, queries, p50_ms, p95_ms, max_ms FROM query_p95 ORDER BY team");
    expect(p95.rows.map(([team, engine]) => `${team ?? ""} ${engine ?? ""}`)).to.include.members([
      "analysts athena",
      "bi athena",
      "maintenance athena",
    ]);
    for (const [, , queries, p50, p95ms, longest] of p95.rows) {
      expect(Number(queries)).to.be.greaterThan(0);
      expect(Number(p50)).to.be.at.most(Number(p95ms));
      expect(Number(p95ms)).to.be.at.most(Number(longest));
    }
    const bi = executions.filter(
      ({ WorkGroup, Status }) => WorkGroup === outputs.biWorkgroup && Status?.State === "SUCCEEDED",
    );
    const counted = await fromLog("SELECT sum(queries) FROM query_p95 WHERE team = 'bi'");
    expect(counted.rows).to.deep.equal([[String(bi.length)]]);

    const cost = await fromLog("SELECT sum(usd) FROM cost_by_team WHERE team = 'bi'");
    // Each of them reads less than the 10 MB that are charged at least.
    expect(Number(cost.rows[0]?.[0])).to.be.closeTo(bi.length * 0.00005, 1e-9);
    const dateless = await fromLog(
      "SELECT DISTINCT query_text FROM queries_without_date_predicate WHERE team <> 'maintenance'",
    );
    expect(dateless.rows).to.deep.include(["select event_type from raw_events where user_id = ? limit ?"]);
    expect(dateless.rows.flat().some((text) => text?.includes("year ="))).to.equal(false);
    const top = await fromLog(
      "SELECT fingerprint, queries FROM top_scans WHERE team = 'analysts' AND bytes_scanned > 0",
    );
    expect(top.rows.map(([, queries]) => Number(queries))).to.include(DATELESS);
  });
});
