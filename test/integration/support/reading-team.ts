import { GetObjectCommand, ListObjectsV2Command } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { EphemeralStack } from "../../../automation/ephemeral-stack";
import { queryAthena } from "../../../automation/stack/athena";
import type { AwsClients } from "../../../automation/stack/clients";
import type { ReaderOutputs, StackOutputs } from "../../../automation/stack/outputs";
import { ephemeralStackName } from "../../../automation/stack/stack-name";
import { ACCOUNT, type Actors } from "./actors";
import { DENIED, QUERY_DENIED } from "./attempts";

const READING_STACK = ephemeralStackName();
/** `lakeReaders` of the owner: the stack of the team that reads, and one of which there are roles only. */
export const LAKE_READERS = [READING_STACK, "listed"];

/** The owner's side, once it is up and gold has rows. */
export interface OwnerSide {
  stack: EphemeralStack;
  outputs: StackOutputs;
  actors: Actors;
  /** The owner's own analyst. */
  analyst: AwsClients;
}

const COUNT = "SELECT count(*) FROM fact_clicks";

/** Tests of a second team's stack, which reads the gold of the first one's; every policy is enforced. */
export function describeReadingTeam(owner: () => OwnerSide): void {
  describe("a team that reads this lake", () => {
    let reader: EphemeralStack;
    let own: ReaderOutputs;
    let shop: AwsClients;

    before(async () => {
      const { stack, actors } = owner();
      reader = await EphemeralStack.create({
        name: READING_STACK,
        target: stack.target,
        team: "shop",
        config: {
          lakeStack: `organization/clickstream/${stack.name}`,
          analystPrincipals: [`arn:aws:iam::${ACCOUNT}:role/Analysts`],
        },
      });
      own = (await reader.up()).outputs as unknown as ReaderOutputs;
      const person = await actors.assume(`arn:aws:iam::${ACCOUNT}:role/Analysts`);
      shop = actors.clients(await actors.assume(await actors.roleOf(own.pipelineName, "id-analyst"), person));
    });
    after(() => reader.destroy());

    const askIn = (as: AwsClients, workgroup: string, database: string, sql: string): ReturnType<typeof queryAthena> =>
      queryAthena(as.athena, { workgroup, database }, sql);
    const refused = async (attempt: Promise<unknown>): Promise<string> =>
      attempt.then(
        () => "nothing: it was let in",
        (error: unknown) => `${(error as Error).name}: ${(error as Error).message}`,
      );
    const read = (as: AwsClients, Bucket: string, Key: string): Promise<string> =>
      refused(as.s3.send(new GetObjectCommand({ Bucket, Key })));

    it("asks gold in a workgroup of its own, and finds what the owner finds", async () => {
      const { outputs, analyst } = owner();
      expect(own.lakeOwner).to.equal(outputs.pipelineName);
      const theirs = await askIn(analyst, outputs.adhocWorkgroup, outputs.goldDatabase, COUNT);
      const ours = await askIn(shop, own.adhocWorkgroup, own.goldDatabase, COUNT);
      expect(Number(ours.rows[0]?.[0])).to.be.greaterThan(0);
      expect(ours.rows).to.deep.equal(theirs.rows);
      const { Contents = [] } = await reader.clients.s3.send(new ListObjectsV2Command({ Bucket: own.resultsBucket }));
      expect(Contents.some(({ Key }) => Key?.startsWith("adhoc/"))).to.equal(true);
    });

    it("reads nothing else of the owner: no layer before, no result, no object past Athena, in no workgroup of it", async () => {
      const { outputs, stack } = owner();
      const { adhocWorkgroup: workgroup } = own;
      for (const [database, table] of [
        [outputs.silverDatabase, "events"],
        [outputs.bronzeDatabase, "raw_events"],
        [outputs.queryLogDatabase, "query_log"],
      ] as const) {
        const sql = `SELECT count(*) FROM ${table}`;
        expect(await refused(askIn(shop, workgroup, database, sql)), table).to.match(QUERY_DENIED);
      }
      expect(await refused(askIn(shop, outputs.adhocWorkgroup, outputs.goldDatabase, COUNT))).to.match(DENIED);
      for (const Bucket of [outputs.resultsBucket, outputs.goldBucket, outputs.silverBucket]) {
        const { Contents = [] } = await stack.clients.s3.send(new ListObjectsV2Command({ Bucket }));
        expect(await read(shop, Bucket, Contents[0]?.Key ?? ""), Bucket).to.match(DENIED);
      }
    });

    it("is not read by the owner's people either", async () => {
      const { outputs, analyst } = owner();
      expect(await refused(askIn(analyst, own.adhocWorkgroup, outputs.goldDatabase, COUNT))).to.match(DENIED);
      const { Contents = [] } = await reader.clients.s3.send(new ListObjectsV2Command({ Bucket: own.resultsBucket }));
      expect(await read(analyst, own.resultsBucket, Contents[0]?.Key ?? "")).to.match(DENIED);
    });

    it("is let in because the owner names it: KMS refuses the same role of another stack, whatever IAM allows", async () => {
      const { actors, outputs, stack } = owner();
      const stranger = await actors.createRole("clickstream-other-id-analyst-0123456");
      const as = actors.clients(await actors.assume(stranger));
      const list = new ListObjectsV2Command({ Bucket: outputs.goldBucket, Prefix: "fact_clicks/" });
      const { Contents = [] } = await stack.clients.s3.send(list);
      expect(await read(as, outputs.goldBucket, Contents[0]?.Key ?? "")).to.match(DENIED);
      // The same rights under a name that the key's policy knows: nothing but the key decides.
      const listed = await actors.createRole("clickstream-listed-id-bi-0123456");
      const asReader = actors.clients(await actors.assume(listed));
      expect(await read(asReader, outputs.goldBucket, Contents[0]?.Key ?? "")).to.contain("it was let in");
    });
  });
}
