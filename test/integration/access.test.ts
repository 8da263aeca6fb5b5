import { DecryptCommand, KMSClient, ScheduleKeyDeletionCommand } from "@aws-sdk/client-kms";
import { InvokeCommand } from "@aws-sdk/client-lambda";
import { CreateBucketCommand, ListObjectsV2Command, PutObjectCommand } from "@aws-sdk/client-s3";
import { SendMessageCommand } from "@aws-sdk/client-sqs";
import { AssumeRoleWithWebIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { expect } from "chai";
import { EphemeralStack } from "../../automation/ephemeral-stack";
import { allowAgain } from "../../automation/privacy/allow";
import { privacyOf, takeRequests } from "../../automation/privacy/batch";
import { verifyChain } from "../../automation/privacy/chain";
import { eraseBatches } from "../../automation/privacy/erase";
import { exportPerson } from "../../automation/privacy/export";
import { subjectOf } from "../../automation/privacy/subject";
import { AlertProbe, alertQueueDrained } from "../../automation/stack/alert-probe";
import { clientSettings, type AwsClients } from "../../automation/stack/clients";
import { runGold, runSilver } from "../../automation/stack/etl";
import type { StackOutputs } from "../../automation/stack/outputs";
import { privateLocalTarget, type Target } from "../../automation/stack/target";
import { queryAthena } from "../../automation/stack/athena";
import { ACCOUNT, Actors, rootOf, STRANGERS_ACCOUNT, type Keys } from "./support/actors";
import type { Scene } from "./support/attempts";
import { landGenerated, type Deployed } from "./support/lake";
import { describeReadingTeam, LAKE_READERS } from "./support/reading-team";
import { describeLakeGrants } from "./support/lake-grants";
import { REFUSALS } from "./support/refusals";

const HOUR = 3_600_000;
const EVENTS = { events: 300, seed: 3, end: new Date(Math.floor(Date.now() / HOUR) * HOUR) };
const TEAM_B = "another-teams-lake";

describe("access, with every policy enforced", () => {
  let target: Target;
  let actors: Actors;
  let stack: EphemeralStack;
  let outputs: StackOutputs;
  let scene: Scene;
  let operator: AwsClients;
  const people: Record<string, Keys> = {};

  before(async () => {
    target = await privateLocalTarget({ enforceIam: true });
    actors = new Actors(target);
    // People and what they take on: a person may do nothing but take on roles.
    const takeOn = { Effect: "Allow", Action: "sts:AssumeRole", Resource: "*" };
    for (const person of ["Dashboards", "Analysts", "Engineers", "PrivacyOfficers"])
      await actors.createRole(person, {}, takeOn);
    const person = (name: string): string[] => [`arn:aws:iam::${ACCOUNT}:role/${name}`];
    stack = await EphemeralStack.create({
      target,
      config: {
        audit: "full",
        biPrincipals: person("Dashboards"),
        analystPrincipals: person("Analysts"),
        operatorPrincipals: person("Engineers"),
        privacyPrincipals: person("PrivacyOfficers"),
        lakeReaders: LAKE_READERS,
        ciProvider: "github",
        ciRepository: "acme/clickstream",
        ciPolicyArns: [`arn:aws:iam::${ACCOUNT}:policy/deploy`],
      },
    });
    ({ outputs } = await stack.up());
    for (const [name, role] of [
      ["Dashboards", "id-bi"],
      ["Analysts", "id-analyst"],
      ["Engineers", "id-operator"],
      ["PrivacyOfficers", "id-privacy"],
    ] as const) {
      const own = await actors.assume(`arn:aws:iam::${ACCOUNT}:role/${name}`);
      people[role] = await actors.assume(await actors.roleOf(outputs.pipelineName, role), own);
    }
    operator = actors.clients(people["id-operator"] ?? {});
  });
  after(async () => {
    actors.destroy();
    await stack.destroy();
    await target.close();
  });

  it("lets the operator land events and run both jobs, each under its own role", async () => {
    const at = { clients: operator, outputs };
    const probe = await AlertProbe.subscribe(stack.clients, outputs);
    try {
      const expected = await landGenerated(at, EVENTS);
      await landPurchase(at);
      const silver = await runSilver(operator, outputs);
      const gold = await runGold(operator, outputs);
      expect(silver.accepted).to.equal(expected.accepted + 1);
      expect(gold.fact_rows).to.equal(expected.accepted + 1);
      const dear = expected.alerts + 1;
      expect(await probe.collect(dear, () => alertQueueDrained(stack.clients, outputs))).to.have.length(dear);
    } finally {
      await probe.close();
    }
  });

  it("lets dashboards and analysts ask gold, each in their own workgroup", async () => {
    const sql = "SELECT count(*) FROM fact_clicks";
    const database = outputs.goldDatabase;
    const { athena: bi } = actors.clients(people["id-bi"] ?? {});
    const { athena: analyst } = actors.clients(people["id-analyst"] ?? {});
    const one = await queryAthena(bi, { workgroup: outputs.biWorkgroup, database }, sql);
    const other = await queryAthena(analyst, { workgroup: outputs.adhocWorkgroup, database }, sql);
    expect(Number(one.rows[0]?.[0])).to.be.greaterThan(0);
    expect(other.rows).to.deep.equal(one.rows);
  });

  it("logs the queries, which functions record and publish under their own roles", async () => {
    const { FunctionError, Payload } = await operator.lambda.send(
      new InvokeCommand({ FunctionName: outputs.queryLogFunction, Payload: Buffer.from('{"task":"publish"}') }),
    );
    expect(FunctionError, Buffer.from(Payload ?? []).toString()).to.equal(undefined);
    const pulse = await operator.lambda.send(
      new InvokeCommand({
        FunctionName: outputs.pulseFunction,
        Payload: Buffer.from(JSON.stringify({ time: new Date().toISOString() })),
      }),
    );
    expect(pulse.FunctionError, Buffer.from(pulse.Payload ?? []).toString()).to.equal(undefined);
  });

  it("lets the privacy officer export and erase a person, from request to certificate", async () => {
    const officer = actors.clients(people["id-privacy"] ?? {});
    const subject = subjectOf("u-dear");
    const letter = { QueueUrl: outputs.alertDlqUrl, MessageBody: '{"user_id":"u-dear"}' };
    await stack.clients.sqs.send(new SendMessageCommand(letter));
    await stack.clients.sqs.send(new SendMessageCommand({ ...letter, MessageBody: '{"user_id":"u-other"}' }));
    const signal = new AbortController().signal;
    expect((await exportPerson(officer, outputs, subject, signal)).events).to.have.length(1);

    const place = await privacyOf(officer, outputs);
    const { batches } = await takeRequests(place, [subject]);
    const tell = { step: () => undefined, done: () => undefined, progress: () => undefined };
    const [certificate] = await eraseBatches(officer, outputs, batches, { owner: "officer", signal, tell });
    const own = Object.fromEntries((certificate?.own ?? []).map((one) => [one.class, one.rows]));
    expect(own).to.deep.include({ "silver events": 1, "raw lines": 1 });
    const erased = Object.fromEntries((certificate?.erased ?? []).map((one) => [one.class, one.rows]));
    expect(erased["dead letters"]).to.equal(1);
    expect(erased["old files of query results"]).to.be.greaterThan(0);
    expect(await verifyChain(place)).to.deep.include({ length: 1, faults: [] });
    await allowAgain(place, subject);
    expect((await exportPerson(officer, outputs, subject, signal)).events).to.deep.equal([]);
  });

  it("gives CI of the one branch its role, and CI of another none", async () => {
    const role = await actors.roleOf(outputs.pipelineName, "id-deployer");
    const sts = new STSClient(clientSettings(target, "us-east-1"));
    const ask = (ref: string): Promise<unknown> =>
      sts.send(
        new AssumeRoleWithWebIdentityCommand({
          RoleArn: role,
          RoleSessionName: "ci",
          WebIdentityToken: tokenOf(`repo:acme/clickstream:ref:refs/heads/${ref}`),
        }),
      );
    await ask("main");
    const refused = await ask("feature").catch((error: unknown) => (error as Error).name);
    sts.destroy();
    expect(refused).to.equal("AccessDenied");
  });

  describe("refuses", () => {
    before(async () => {
      await stack.clients.s3.send(new CreateBucketCommand({ Bucket: TEAM_B }));
      await stack.clients.s3.send(new PutObjectCommand({ Bucket: TEAM_B, Key: "events/a.json", Body: "{}" }));
      const first = async (Bucket: string, Prefix?: string): Promise<string> => {
        const { Contents = [] } = await stack.clients.s3.send(new ListObjectsV2Command({ Bucket, Prefix }));
        return Contents[0]?.Key ?? "";
      };
      const service = async (name: string, kind: "glue" | "lambda"): Promise<Keys> =>
        actors.keysOfService(kind, await actors.roleOf(outputs.pipelineName, name));
      const stranger = await actors.createRole("Stranger", rootOf(STRANGERS_ACCOUNT));
      scene = {
        outputs,
        actors,
        teamB: TEAM_B,
        rawKey: await first(outputs.rawBucket, outputs.eventsPrefix),
        silverKey: await first(outputs.silverBucket),
        goldKey: await first(outputs.goldBucket),
        auditKey: (await first(outputs.auditBucket)) || "AWSLogs/none",
        keys: {
          bi: people["id-bi"] ?? {},
          analyst: people["id-analyst"] ?? {},
          operator: people["id-operator"] ?? {},
          "privacy officer": people["id-privacy"] ?? {},
          "silver job": await service("silver-job-role", "glue"),
          "gold job": await service("gold-job-role", "glue"),
          "archive job": await service("cold-job-role", "glue"),
          "alert function": await service("alerts-fn", "lambda"),
          "landing check": await service("ops-land-fn", "lambda"),
          "query recorder": await service("queries-record", "lambda"),
          "another account": await actors.assume(stranger, rootOf(STRANGERS_ACCOUNT)),
          "a forger": { ...(people["id-operator"] ?? {}), AWS_SECRET_ACCESS_KEY: "guessed" },
        },
        clients: {},
      };
      for (const [actor, keys] of Object.entries(scene.keys)) scene.clients[actor] = actors.clients(keys);
    });

    for (const { who, what, code, attempt } of REFUSALS) {
      it(`${who}: ${what}`, async () => {
        const clients = scene.clients[who];
        if (clients === undefined) throw new Error(`there is no actor ${who}`);
        const said = await attempt(clients, scene).then(
          () => "nothing: it was let in",
          (error: unknown) => refusalOf(error),
        );
        expect(said).to.match(code);
      });
    }

    it("and there are at least 20 of them", () => {
      expect(REFUSALS.length).to.be.at.least(20);
    });
  });

  describeReadingTeam(() => {
    const analyst = actors.clients(people["id-analyst"] ?? {});
    return { stack, outputs, actors, analyst };
  });

  it("lets nobody but services decrypt by a key's name, and no operator delete one", async () => {
    const kms = new KMSClient(clientSettings(actors.with(people["id-operator"] ?? {}), "us-east-1"));
    const KeyId = `arn:aws:kms:us-east-1:${ACCOUNT}:key/none`;
    const codes = [
      await kms.send(new DecryptCommand({ CiphertextBlob: Buffer.alloc(100), KeyId })).catch(refusalOf),
      await kms.send(new ScheduleKeyDeletionCommand({ KeyId })).catch(refusalOf),
    ];
    kms.destroy();
    for (const code of codes) expect(code).to.match(/^AccessDenied/);
  });

  // Last: from here on the roles of dashboards and analysts have other rights.
  describeLakeGrants(() => ({
    stack,
    outputs,
    bi: actors.clients(people["id-bi"] ?? {}),
    analyst: actors.clients(people["id-analyst"] ?? {}),
    operator,
  }));
});

/** One purchase that nobody may miss. */
async function landPurchase({ clients, outputs }: Deployed): Promise<void> {
  const at = EVENTS.end.toISOString();
  const [year = "", month = "", day = "", hour = ""] = at.split(/[-T:]/);
  const purchase = {
    event_id: "00000000-0000-4000-8000-000000000001",
    event_type: "purchase",
    event_timestamp: at,
    user_id: "u-dear",
    session_id: "s-dear",
    product: { id: "p-1", category: "computers.notebook", price: 2500, quantity: 1 },
    order: { id: "o-dear", amount: 2500, currency: "USD" },
    schema_version: "1",
  };
  const Key = `${outputs.eventsPrefix}year=${year}/month=${month}/day=${day}/hour=${hour}/dear.json`;
  await clients.s3.send(new PutObjectCommand({ Bucket: outputs.rawBucket, Key, Body: JSON.stringify(purchase) }));
}

function refusalOf(error: unknown): string {
  const { name, message } = error as Error;
  return `${name}: ${message}`;
}

/** What a forge would sign; the emulator, which has no forge, reads the claims and checks no signature. */
function tokenOf(subject: string): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const claims = { iss: "https://token.actions.githubusercontent.com", aud: "sts.amazonaws.com", sub: subject };
  return `${part({ alg: "RS256", typ: "JWT" })}.${part(claims)}.${Buffer.from("x").toString("base64url")}`;
}
