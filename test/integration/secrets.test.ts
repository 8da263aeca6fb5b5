import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import {
  CloudWatchLogsClient,
  paginateDescribeLogGroups,
  paginateFilterLogEvents,
} from "@aws-sdk/client-cloudwatch-logs";
import { GetSecretValueCommand, paginateListSecrets } from "@aws-sdk/client-secrets-manager";
import { expect } from "chai";
import { assumed } from "../../automation/costs/assumptions";
import { loadPrices } from "../../automation/costs/prices";
import { statementText } from "../../automation/costs/report";
import { statementOf } from "../../automation/costs/statement";
import { keepArtifacts } from "../../automation/driver/artifacts";
import { deployedFrom } from "../../automation/graph/deployed";
import { writeReport } from "../../automation/report/write-report";
import { clientSettings } from "../../automation/stack/clients";
import { readStatus } from "../../automation/stack/status";
import { statusText } from "../../automation/stack/status-text";
import { stackFolder } from "../../automation/stack/workspace";
import { KEYS, type KeySpec } from "../../config-schema";
import { sharedStack, SLACK_WEBHOOK, type Shared } from "./support/shared-stack";

/** A value of each secret key of the config; the webhook is deployed, the others are only previewed. */
const PLANTED: Readonly<Record<string, string>> = {
  slackWebhook: SLACK_WEBHOOK,
  pagerEndpoint: `https://pager.example.com/integration/${randomBytes(12).toString("hex")}`,
};

/** Secrets that a text holds: as they are, their unguessable end alone, or encoded as other formats do it. */
function secretsIn(text: string): string[] {
  return Object.entries(PLANTED).flatMap(([key, secret]) => {
    const token = secret.split("/").at(-1) ?? secret;
    const forms = [token, Buffer.from(secret).toString("base64"), Buffer.from(secret).toString("hex")];
    return forms.some((form) => text.includes(form)) ? [key] : [];
  });
}

describe("secrets of the config", () => {
  let at: Shared;

  before(async () => {
    at = await sharedStack();
  });

  it("are all of the schema's secret keys, and reach the one place that is meant for them", async () => {
    const secretKeys = Object.entries<KeySpec>(KEYS).flatMap(([key, { secret }]) => (secret === true ? [key] : []));
    expect(Object.keys(PLANTED).sort()).to.deep.equal(secretKeys.sort());
    for (const [key, secret] of Object.entries(PLANTED)) {
      expect(secretsIn(`x ${secret} y`)).to.deep.equal([key]);
      expect(secretsIn(Buffer.from(secret).toString("base64"))).to.deep.equal([key]);
    }
    const held: string[] = [];
    for await (const { SecretList = [] } of paginateListSecrets({ client: at.clients.secrets }, {})) {
      for (const { ARN } of SecretList) {
        held.push((await at.clients.secrets.send(new GetSecretValueCommand({ SecretId: ARN }))).SecretString ?? "");
      }
    }
    expect(held).to.include(SLACK_WEBHOOK);
  });

  it("stand neither in a preview nor in what the engine and the driver said of the deployment", async () => {
    const before = at.said.length;
    await at.stack.configure(PLANTED);
    try {
      const changes = await at.stack.preview();
      expect(changes.create ?? 0, "the pager's subscription").to.be.greaterThan(0);
    } finally {
      await at.stack.configure({ pagerEndpoint: "" });
    }
    expect(at.said.length).to.be.greaterThan(before);
    expect(before).to.be.greaterThan(100);
    expect(secretsIn(JSON.stringify(at.said))).to.deep.equal([]);
  });

  it("are encrypted in state, history and the stack's file", async () => {
    // What the Automation API hands out is in clear, so that this would find it.
    const { state } = await at.stack.exported();
    expect(secretsIn(JSON.stringify(state))).to.deep.equal(["slackWebhook"]);
    const folder = stackFolder(at.stack.name);
    const found = await filesBelow(folder);
    expect(Object.keys(found)).to.include(`Pulumi.${at.stack.name}.yaml`);
    expect(found[`${at.stack.name}.json`], "the state").to.contain("ciphertext");
    expect(leaking(found)).to.deep.equal([]);
  });

  it("are masked in what is kept of a stack that failed", async () => {
    const root = await mkdtemp(path.join(tmpdir(), "clickstream-artifacts-"));
    try {
      await keepArtifacts(at.stack, new Error("the test failed"), at.stack.events, root);
      const found = await filesBelow(root);
      expect(found["state.json"]).to.contain("[secret]");
      expect(Object.keys(found)).to.include.members(["config.json", "error.txt", "events.jsonl"]);
      expect(leaking(found)).to.deep.equal([]);
    } finally {
      await rm(root, { recursive: true });
    }
  });

  it("stand in no log, no report, no status and no bill", async () => {
    const now = new Date();
    const { state, config } = await at.stack.exported();
    const deployed = deployedFrom(at.stack.name, state, config) ?? expect.fail("the stack has no state");
    const bill = statementOf({ ...deployed, assumed: assumed(), prices: loadPrices() });
    const status = await readStatus(at.clients, at.outputs, now);
    const file = path.join(tmpdir(), `clickstream-report-${randomBytes(6).toString("hex")}.html`);
    const { stack, clients, outputs } = at;
    const signal = new AbortController().signal;
    await writeReport({ stack, clients, outputs, now, days: 2, file, signal });
    const report = await readFile(file, "utf8");
    await rm(file);
    const said = {
      report,
      status: statusText(status, false) + JSON.stringify(status),
      cost: statementText(bill, { lines: true }) + JSON.stringify(bill),
      outputs: JSON.stringify(at.outputs),
      logs: await logsOf(at),
    };
    for (const [what, text] of Object.entries(said)) {
      expect(secretsIn(text), what).to.deep.equal([]);
      expect(text.length, what).to.be.greaterThan(200);
    }
  });
});

/** Text of every file below a folder by its name; of several with one name, all texts. */
async function filesBelow(folder: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const one of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!one.isFile()) continue;
    found[one.name] = `${found[one.name] ?? ""}${await readFile(path.join(one.parentPath, one.name), "latin1")}`;
  }
  return found;
}

function leaking(files: Readonly<Record<string, string>>): string[] {
  return Object.keys(files).filter((name) => secretsIn(files[name] ?? "").length > 0);
}

/** Every line of every log group of the stack. */
async function logsOf({ stack, outputs }: Shared): Promise<string> {
  const client = new CloudWatchLogsClient(clientSettings(stack.target, outputs.region));
  const lines: string[] = [];
  const groups = { logGroupNamePrefix: outputs.pipelineName };
  for await (const { logGroups = [] } of paginateDescribeLogGroups({ client }, groups)) {
    for (const { logGroupName = "" } of logGroups) {
      lines.push(logGroupName);
      for await (const { events = [] } of paginateFilterLogEvents({ client }, { logGroupName })) {
        lines.push(...events.map(({ message = "" }) => message));
      }
    }
  }
  client.destroy();
  return lines.join("\n");
}
