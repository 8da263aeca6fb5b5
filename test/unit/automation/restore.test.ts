import {
  BatchDeletePartitionCommand,
  CreatePartitionCommand,
  EntityNotFoundException,
  GetPartitionCommand,
  GetPartitionsCommand,
  GetTableCommand,
  GlueClient,
  UpdatePartitionCommand,
} from "@aws-sdk/client-glue";
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  NoSuchKey,
  NotFound,
  RestoreObjectCommand,
  S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import { mockClient } from "aws-sdk-client-mock";
import { expect } from "chai";
import { describeRestored, describeStatus } from "../../../automation/commands/restore";
import { UserError } from "../../../automation/errors";
import { listRestored, restoreAndWait, restoreDate, type RestoreRequest } from "../../../automation/stack/restore";

const DATE = "2026-01-02";
const PLACE = { archivePath: "s3://gold/archive/", goldDatabase: "cs_gold" };
const FOLDER = `s3://gold/archive/fact_clicks/event_date=${DATE}/run=g1`;
const KEYS = [0, 1].map((number) => `archive/fact_clicks/event_date=${DATE}/run=g1/part-0000${number}.snappy.parquet`);
const GIB = 1024 ** 3;
const READY = 'ongoing-request="false", expiry-date="Sat, 11 Apr 2026 00:00:00 GMT"';
const ONGOING = 'ongoing-request="true"';
const REQUEST: RestoreRequest = { date: DATE, days: 7, tier: "Standard" };

/** The text of a manifest as the archive job writes it. */
function manifest(storageClass: string): string {
  const files = KEYS.map((key) => ({ uri: `s3://gold/${key}`, bytes: GIB, rows: 5, sha256: "c2hh" }));
  const rest = { rows: 10, revenue: "20.00", run_id: "a1", archived_at: "2026-04-05T03:40:00+00:00", files };
  const from = { source: "s3://gold/fact_clicks/x/run=g1", sales: null };
  return JSON.stringify({ format: 1, date: DATE, location: FOLDER, storage_class: storageClass, ...from, ...rest });
}

/** A bucket and a catalog; `restore` is the header of each object, `null` for an object that is gone. */
class Cloud {
  readonly s3 = mockClient(S3Client);
  readonly glue = mockClient(GlueClient);
  readonly services = { s3: new S3Client({ region: "eu-west-1" }), glue: new GlueClient({ region: "eu-west-1" }) };
  readonly said: string[] = [];
  readonly say = (line: string): void => void this.said.push(line);
  restore: (string | undefined | null)[] = [undefined, undefined];
  warm = false;
  restored: string | undefined;

  constructor(
    readonly storageClass: string,
    text: string | undefined = manifest(storageClass),
  ) {
    this.s3.on(GetObjectCommand).callsFake(() => {
      if (text === undefined) throw new NoSuchKey({ message: "no", $metadata: {} });
      return { Body: { transformToString: () => Promise.resolve(text) } };
    });
    this.s3.on(HeadObjectCommand).callsFake(({ Key }: { Key: string }) => {
      const header = this.restore[KEYS.indexOf(Key)];
      if (header === null) throw new NotFound({ message: "no", $metadata: {} });
      return { StorageClass: storageClass, Restore: header };
    });
    this.s3.on(RestoreObjectCommand).resolves({});
    this.s3.on(ListObjectsV2Command).resolves({
      Contents: ["2026-01-01", "2026-01-05"].map((day) => ({
        Key: `archive/manifests/fact_clicks/event_date=${day}.json`,
      })),
    });
    this.glue.on(GetPartitionCommand).callsFake(({ TableName }: { TableName: string }) => {
      const at = TableName === "fact_clicks" ? (this.warm ? "s3://gold/fact_clicks/x" : undefined) : this.restored;
      if (at === undefined) throw new EntityNotFoundException({ message: "no", $metadata: {} });
      return { Partition: { StorageDescriptor: { Location: at } } };
    });
    this.glue.on(GetPartitionsCommand).callsFake(() => ({
      Partitions:
        this.restored === undefined ? [] : [{ Values: [DATE], StorageDescriptor: { Location: this.restored } }],
    }));
    this.glue.on(GetTableCommand).resolves({
      Table: { Name: "t", StorageDescriptor: { Location: "s3://gold/archive/fact_clicks/", Columns: [{ Name: "a" }] } },
    });
    this.glue.on(CreatePartitionCommand).resolves({});
    this.glue.on(UpdatePartitionCommand).resolves({});
    this.glue.on(BatchDeletePartitionCommand).resolves({});
  }

  close(): void {
    this.s3.restore();
    this.glue.restore();
  }

  run(request: Partial<RestoreRequest> = {}): ReturnType<typeof restoreDate> {
    return restoreDate(this.services, PLACE, { ...REQUEST, ...request }, this.say);
  }
}

async function failureOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).to.be.instanceOf(UserError);
  return (error as UserError).message;
}

describe("restore", () => {
  let cloud: Cloud;
  const open = (storageClass: string, text?: string): Cloud => (cloud = new Cloud(storageClass, text));
  afterEach(() => cloud.close());

  it("says time and cost first, then asks for each object, and registers nothing yet", async () => {
    open("GLACIER");
    const asked: string[] = [];
    cloud.s3.on(RestoreObjectCommand).callsFake(({ Key }: { Key: string }) => {
      expect(cloud.said, "told before anything is asked for").to.have.length(2);
      asked.push(Key);
      return {};
    });
    const status = await cloud.run();
    expect(status.kind).to.equal("restoring");
    expect(asked).to.deep.equal(KEYS);
    expect(cloud.s3.commandCalls(RestoreObjectCommand)[0]?.args[0].input.RestoreRequest).to.deep.equal({
      Days: 8,
      GlacierJobParameters: { Tier: "Standard" },
    });
    expect(cloud.said).to.deep.equal([
      `${DATE}: 2 objects, 2.0 GB of GLACIER, tier Standard: ready in 3 to 5 hours.`,
      "It costs about $0.0324: retrieval $0.0200, requests $0.0001, copies for 8 days $0.0123 (us-east-1, 2026-11).",
    ]);
    expect(cloud.glue.commandCalls(CreatePartitionCommand)).to.have.length(0);
    expect(describeStatus(status)).to.match(/^2026-01-02: 2 of 2 objects are on their way\. Call again/);
  });

  it("asks only for what is asleep, and for nothing once all is on its way", async () => {
    open("DEEP_ARCHIVE");
    cloud.restore = [ONGOING, undefined];
    await cloud.run({ tier: "Bulk" });
    expect(cloud.s3.commandCalls(RestoreObjectCommand).map(({ args }) => args[0].input.Key)).to.deep.equal([KEYS[1]]);
    cloud.restore = [READY, ONGOING];
    cloud.said.length = 0;
    const status = await cloud.run();
    expect(status).to.deep.include({ kind: "restoring", waiting: 1 });
    expect(cloud.s3.commandCalls(RestoreObjectCommand)).to.have.length(1);
    expect(cloud.said).to.deep.equal([]);
    expect(cloud.glue.commandCalls(CreatePartitionCommand), "half a date would undercount").to.have.length(0);
  });

  it("takes somebody else's request for its own", async () => {
    open("GLACIER");
    const fault = { name: "RestoreAlreadyInProgress", $fault: "client" as const, $metadata: {} };
    cloud.s3.on(RestoreObjectCommand).rejects(new S3ServiceException({ ...fault, message: "in progress" }));
    expect((await cloud.run()).kind).to.equal("restoring");
  });

  it("registers the archive's own folder once every object can be read, and gives the query", async () => {
    open("GLACIER");
    cloud.restore = [READY, READY.replace("11 Apr", "12 Apr")];
    const status = await cloud.run();
    expect(cloud.glue.commandCalls(CreatePartitionCommand).map(({ args }) => args[0].input)).to.deep.equal([
      {
        DatabaseName: "cs_gold",
        TableName: "fact_clicks_restored",
        PartitionInput: {
          Values: [DATE],
          StorageDescriptor: { Location: FOLDER, Columns: [{ Name: "a" }] },
        },
      },
    ]);
    expect(describeStatus(status)).to.equal(
      `${DATE} is ready until 2026-04-11T00:00:00.000Z: 10 rows, 20.00 USD of revenue. Ask:\n` +
        `  SELECT count(*), sum(revenue) FROM cs_gold.fact_clicks_restored WHERE event_date = DATE '${DATE}'`,
    );
    expect(cloud.s3.commandCalls(RestoreObjectCommand)).to.have.length(0);
  });

  it("changes nothing for a date that is registered, and moves one that was archived anew", async () => {
    open("GLACIER_IR");
    cloud.restored = FOLDER;
    await cloud.run();
    expect(cloud.glue.commandCalls(CreatePartitionCommand)).to.have.length(0);
    expect(cloud.glue.commandCalls(UpdatePartitionCommand)).to.have.length(0);
    cloud.restored = "s3://gold/archive/fact_clicks/x/run=g0";
    await cloud.run();
    const [moved] = cloud.glue.commandCalls(UpdatePartitionCommand);
    expect(moved?.args[0].input.PartitionInput?.StorageDescriptor?.Location).to.equal(FOLDER);
  });

  it("registers Instant Retrieval at once, with the price of reading it", async () => {
    open("GLACIER_IR");
    const status = await cloud.run();
    expect(cloud.said).to.deep.equal([`${DATE} is in GLACIER_IR: readable at once; a query pays up to $0.0600.`]);
    expect(status).to.not.have.property("until");
    expect(cloud.s3.commandCalls(RestoreObjectCommand)).to.have.length(0);
  });

  it("waits until the date is ready, if it is to", async () => {
    open("GLACIER");
    cloud.restore = [ONGOING, ONGOING];
    const status = await restoreAndWait(
      cloud.services,
      PLACE,
      REQUEST,
      (line) => {
        cloud.say(line);
        cloud.restore = [READY, cloud.said.length > 1 ? READY : ONGOING];
      },
      { pollMs: 1 },
    );
    expect(status.kind).to.equal("ready");
    expect(cloud.said).to.deep.equal(["2 of 2 objects still on their way", "1 of 2 objects still on their way"]);
  });

  it("refuses a date that is unknown, or answers in fact_clicks, naming what to do", async () => {
    cloud = new Cloud("GLACIER", "");
    cloud.s3.on(GetObjectCommand).rejects(new NoSuchKey({ message: "no", $metadata: {} }));
    expect(await failureOf(cloud.run())).to.equal(
      `${DATE} is neither in fact_clicks nor in the archive (it holds 2 dates, 2026-01-01 to 2026-01-05).\n` +
        "  → Give an archived date.",
    );
    cloud.warm = true;
    expect(await failureOf(cloud.run())).to.match(/is still warm: fact_clicks has it\.\n {2}→ Ask fact_clicks: SELECT/);
  });

  it("refuses Expedited for Deep Archive before it asks for anything", async () => {
    open("DEEP_ARCHIVE");
    expect(await failureOf(cloud.run({ tier: "Expedited" }))).to.equal(
      `${DATE} is in DEEP_ARCHIVE, which S3 does not restore by the tier Expedited.\n  → Give --tier Standard or Bulk.`,
    );
    expect(cloud.s3.commandCalls(RestoreObjectCommand)).to.have.length(0);
  });

  it("says so if S3 has no capacity for Expedited", async () => {
    open("GLACIER");
    const fault = { name: "GlacierExpeditedRetrievalNotAvailable", $fault: "client" as const, $metadata: {} };
    cloud.s3.on(RestoreObjectCommand).rejects(new S3ServiceException({ ...fault, message: "busy" }));
    expect(await failureOf(cloud.run({ tier: "Expedited" }))).to.contain("no capacity for Expedited now");
  });

  it("refuses a damaged archive by name", async () => {
    open("GLACIER_IR");
    cloud.restore = [undefined, null];
    expect(await failureOf(cloud.run())).to.contain(
      `s3://gold/${String(KEYS[1])} is in the manifest of ${DATE} but not`,
    );
    cloud.close();
    open("GLACIER_IR", '{"format": 2}');
    expect(await failureOf(cloud.run())).to.contain(
      `s3://gold/archive/manifests/fact_clicks/event_date=${DATE}.json is no manifest of the archive`,
    );
  });

  it("lists restored dates, and takes out those whose copies have ended or were replaced", async () => {
    open("GLACIER");
    expect(describeRestored(await listRestored(cloud.services, PLACE))).to.equal("No date is restored.");
    cloud.restored = FOLDER;
    cloud.restore = [READY, READY];
    expect(describeRestored(await listRestored(cloud.services, PLACE))).to.equal(
      `${DATE}  ready until 2026-04-11T00:00:00.000Z`,
    );
    expect(cloud.glue.commandCalls(BatchDeletePartitionCommand)).to.have.length(0);
    cloud.restore = [READY, undefined];
    expect(describeRestored(await listRestored(cloud.services, PLACE))).to.match(/^2026-01-02 {2}ended; it has left/);
    expect(cloud.glue.commandCalls(BatchDeletePartitionCommand)[0]?.args[0].input).to.deep.equal({
      DatabaseName: "cs_gold",
      TableName: "fact_clicks_restored",
      PartitionsToDelete: [{ Values: [DATE] }],
    });
    // Somebody else may have taken it out meanwhile; any other refusal must not be told as "ended".
    const refusal = (ErrorCode: string) => ({ Errors: [{ PartitionValues: [DATE], ErrorDetail: { ErrorCode } }] });
    cloud.glue.on(BatchDeletePartitionCommand).resolves(refusal("EntityNotFoundException"));
    expect(await listRestored(cloud.services, PLACE)).to.deep.equal([{ date: DATE, kind: "ended" }]);
    cloud.glue.on(BatchDeletePartitionCommand).resolves(refusal("InternalServiceException"));
    expect(await failureOf(listRestored(cloud.services, PLACE))).to.contain("InternalServiceException");
    cloud.glue.on(BatchDeletePartitionCommand).resolves({});
    cloud.restore = [READY, READY];
    cloud.restored = "s3://gold/archive/fact_clicks/x/run=g0";
    expect(await listRestored(cloud.services, PLACE)).to.deep.equal([{ date: DATE, kind: "ended" }]);
  });
});
