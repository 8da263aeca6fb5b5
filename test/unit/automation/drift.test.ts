import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  GetItemCommand,
  QueryCommand,
  UpdateItemCommand,
  type AttributeValue,
} from "@aws-sdk/client-dynamodb";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { mockClient } from "aws-sdk-client-mock";
import { expect } from "chai";
import { describeDecision, describeDrift, describeDrifts, describeHolds } from "../../../automation/commands/drift";
import { UserError } from "../../../automation/errors";
import {
  decideDrift,
  findDrift,
  landHeartbeat,
  listDrifts,
  listHolds,
  mappableFields,
  parseMapping,
} from "../../../automation/stack/drift";

const OUTPUTS = { pipelineName: "clickstream-x", statePath: "s3://jobs/state/", operationsTable: "ops" };
const NOW = new Date("2026-11-25T15:00:00Z");
const AT = { stack: "x", target: "local" };
const hold = (hour: string): string => `state/holds/year=2026/month=11/day=25/hour=${hour}.json`;
const released = (hour: string): string => `state/released/year=2026/month=11/day=25/hour=${hour}.json`;

describe("decisions on drift", () => {
  const s3 = mockClient(S3Client);
  const dynamo = mockClient(DynamoDBClient);
  const clients = { s3: new S3Client({ region: "x" }), dynamodb: new DynamoDBClient({ region: "x" }) };
  const objects = new Map<string, string>();
  const records = new Map<string, Record<string, AttributeValue>>();

  after(() => {
    for (const mock of [s3, dynamo]) mock.restore();
  });
  beforeEach(() => {
    for (const mock of [s3, dynamo]) mock.reset();
    objects.clear();
    records.clear();
    s3.on(ListObjectsV2Command).callsFake(({ Prefix }: { Prefix: string }) => ({
      Contents: [...objects.keys()].filter((key) => key.startsWith(Prefix)).map((Key) => ({ Key })),
    }));
    s3.on(GetObjectCommand).callsFake(({ Key }: { Key: string }) => ({
      Body: { transformToString: () => Promise.resolve(objects.get(Key)) },
    }));
    s3.on(PutObjectCommand).callsFake(({ Key, Body }: { Key: string; Body: string }) => void objects.set(Key, Body));
    s3.on(DeleteObjectCommand).callsFake(({ Key }: { Key: string }) => void objects.delete(Key));
    dynamo.on(GetItemCommand).callsFake(({ Key }: { Key: { sk: { S: string } } }) => ({ Item: records.get(Key.sk.S) }));
    dynamo.on(QueryCommand).callsFake(() => ({ Items: [...records.values()] }));
    dynamo
      .on(UpdateItemCommand)
      .callsFake(
        ({
          Key,
          ExpressionAttributeValues: values,
        }: {
          Key: { sk: { S: string } };
          ExpressionAttributeValues: Record<string, AttributeValue>;
        }) => {
          const item = records.get(Key.sk.S) ?? {};
          if (item["state"]?.S !== "open") throw new ConditionalCheckFailedException({ message: "no", $metadata: {} });
          const changed = { ...item, state: values[":decision"], decidedAt: values[":at"] } as Record<
            string,
            AttributeValue
          >;
          records.set(Key.sk.S, changed);
          return { Attributes: changed };
        },
      );
  });

  const record = (id: string, hours: string[], change: Record<string, AttributeValue> = {}): void => {
    records.set(id, {
      ...{ sk: { S: id }, kind: { S: "renamed_field" }, severity: { S: "breaking" }, state: { S: "open" } },
      ...{ path: { S: "uid → user_id" }, suggestedFrom: { S: "uid" }, suggestedTo: { S: "user_id" } },
      ...{ schemaVersion: { S: "1" }, hour: { S: hours[0] ?? "" }, hours: { SS: hours }, count: { N: "3" } },
      ...{ firstSeen: { S: "2026-11-25T13:20:00.000Z" }, lastSeen: { S: "2026-11-25T14:20:00.000Z" } },
      ...change,
    });
  };
  const held = (hour: string, drift: string): void =>
    void objects.set(hold(hour), JSON.stringify({ drift, since: "2026-11-25T13:20:00.000Z" }));
  const decide = (id: string, decision: "accepted" | "rejected", map?: string): ReturnType<typeof decideDrift> =>
    decideDrift(clients, OUTPUTS, { id, decision, now: NOW, by: "ann", ...(map === undefined ? {} : { map }) });
  const refusal = async (attempt: Promise<unknown>): Promise<string> => {
    const error: unknown = await attempt.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).to.be.instanceOf(UserError);
    return (error as UserError).message;
  };

  it("accept with the suggested mapping, release the hours, and say what comes next", async () => {
    record("d-1", ["2026/11/25/13", "2026/11/25/14"]);
    held("13", "d-1");
    held("14", "d-1");
    held("15", "d-9");
    const decision = await decide("d-1", "accepted");
    expect(Object.fromEntries([...objects].map(([key, text]) => [key, JSON.parse(text) as unknown]))).to.deep.equal({
      "state/mappings/d-1.json": { id: "d-1", from: "uid", to: "user_id", since: NOW.toISOString(), by: "ann" },
      [released("13")]: { drift: "d-1", decision: "accepted", at: NOW.toISOString() },
      [released("14")]: { drift: "d-1", decision: "accepted", at: NOW.toISOString() },
      [hold("15")]: { drift: "d-9", since: "2026-11-25T13:20:00.000Z" },
    });
    expect(records.get("d-1")?.["state"]).to.deep.equal({ S: "accepted" });
    const text = describeDecision(decision, AT);
    expect(text).to.contain("npm run cli -- run-etl --stack x --target local");
    expect(text).to.contain("the mapped lines are accepted like any other");
    expect(await refusal(decide("d-1", "accepted"))).to.match(/d-1 is accepted already \(2026-11-25T15/);
    expect(await refusal(decide("d-1", "rejected"))).to.match(/d-1 is accepted already/);
  });

  it("reject without a mapping, and say that the lines go to the quarantine", async () => {
    record("d-1", ["2026/11/25/13"]);
    held("13", "d-1");
    const decision = await decide("d-1", "rejected");
    expect([...objects.keys()]).to.deep.equal([released("13")]);
    expect(JSON.parse(objects.get(released("13")) ?? "")).to.include({ decision: "rejected" });
    expect(describeDecision(decision, AT)).to.match(
      /quarantined, the others accepted; nothing is lost, and another hour/,
    );
  });

  it("leave an hour held while another breaking drift of it is open", async () => {
    record("d-1", ["2026/11/25/13"]);
    record("d-2", ["2026/11/25/13"], { kind: { S: "type_change" } });
    held("13", "d-1");
    const decision = await decide("d-1", "rejected");
    expect(decision).to.deep.include({ released: [], stillHeld: ["2026/11/25/13"] });
    expect(JSON.parse(objects.get(hold("13")) ?? "")).to.deep.equal({
      drift: "d-2",
      since: "2026-11-25T13:20:00.000Z",
    });
    expect(describeDecision(decision, AT)).to.contain("Still held for another open drift: 2026/11/25/13");
    expect((await decide("d-2", "rejected")).released).to.deep.equal(["2026/11/25/13"]);
  });

  it("finish a decision that was interrupted after the record", async () => {
    record("d-1", ["2026/11/25/13"], { state: { S: "accepted" } });
    held("13", "d-1");
    expect(await refusal(decide("d-1", "rejected"))).to.match(/accepted already/);
    expect((await decide("d-1", "accepted")).released).to.deep.equal(["2026/11/25/13"]);
  });

  it("refuse an unknown id, a mapping to an unknown field, and one of a known field, and change nothing", async () => {
    record("d-1", ["2026/11/25/13"]);
    held("13", "d-1");
    expect(await refusal(decide("d-7", "accepted"))).to.match(/no drift "d-7" in clickstream-x.*\n.*drift list/);
    expect(await refusal(decide("d-1", "accepted", "uid=customer"))).to.match(/knows no field "customer".*\n.*user_id/);
    expect(await refusal(decide("d-1", "accepted", "session_id=user_id"))).to.match(
      /"session_id" is a field of the schema/,
    );
    expect(await refusal(decide("d-1", "accepted", "uid"))).to.match(/FROM=TO/);
    expect([...objects.keys()]).to.deep.equal([hold("13")]);
    expect(records.get("d-1")?.["state"]).to.deep.equal({ S: "open" });
    expect(parseMapping("order.total=order.amount", mappableFields("1"))).to.deep.equal({
      from: "order.total",
      to: "order.amount",
    });
    expect(mappableFields("never-seen")).to.include("user_id").and.not.include("order");
  });

  it("say it when the stack has no table", async () => {
    const outputs = { ...OUTPUTS, operationsTable: "" };
    expect(await refusal(findDrift(clients, outputs, "d-1"))).to.match(/no operations table.*\n.*bring it up again/);
  });

  it("are listed open ones first, with holds and the age of those that were forgotten", async () => {
    record("d-1", ["2026/11/25/13"], { state: { S: "rejected" }, lastSeen: { S: "2026-11-26T00:00:00.000Z" } });
    record("d-2", ["2026/11/25/13"]);
    held("13", "d-2");
    const list = await listDrifts(clients, OUTPUTS);
    expect(list.map(({ id }) => id)).to.deep.equal(["d-2", "d-1"]);
    expect(describeDrifts(list)).to.contain("renamed? uid → user_id");
    expect(describeDrift(list[0] ?? expect.fail())).to.contain("suggested: --map uid=user_id");
    const holds = await listHolds(clients.s3, OUTPUTS.statePath);
    expect(describeHolds(holds, new Date("2026-11-29T00:00:00Z"), 3)).to.equal(
      "held  2026/11/25/13  for d-2 since 2026-11-25T13:20:00.000Z, 3 days ago: decide, its rows are in no table until then",
    );
    expect(describeHolds([], NOW, 3)).to.equal("No hour is held out of silver.");
  });

  it("know a producer's heartbeat, and refuse a name that is no key", async () => {
    expect(await landHeartbeat(clients.s3, "raw", "web-1", NOW)).to.equal("heartbeats/web-1.json");
    expect(objects.get("heartbeats/web-1.json")).to.equal('{"at":"2026-11-25T15:00:00.000Z"}');
    expect(await refusal(landHeartbeat(clients.s3, "raw", "a/b", NOW))).to.match(/"a\/b" is no name of a producer/);
  });
});
