import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { ListSecretsCommand, PutSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { GetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import { expect } from "chai";
import type { EphemeralStack } from "../../automation/ephemeral-stack";
import { AlertProbe, alertQueueDrained, type PurchaseAlert } from "../../automation/stack/alert-probe";
import type { StackOutputs } from "../../automation/stack/outputs";
import { eventually } from "./support/processes";
import { sharedStack } from "./support/shared-stack";

const purchase = (order: string, amount: number): object => ({
  event_id: `00000000-0000-4000-8000-${order.padStart(12, "0")}`,
  event_type: "purchase",
  event_timestamp: "2026-03-01T10:00:00Z",
  user_id: "u-7",
  session_id: "s-1",
  product: { id: "p-1", category: "computers.notebook", price: amount, quantity: 1 },
  order: { id: order, amount, currency: "USD" },
  schema_version: "1",
});

describe("purchase alerts on the local target", () => {
  let stack: EphemeralStack;
  let outputs: StackOutputs;
  let probe: AlertProbe;
  let webhook: Webhook;

  before(async () => {
    webhook = await Webhook.listen();
    ({ stack, outputs } = await sharedStack());
    await pointSlackAt(stack, webhook.url);
    probe = await AlertProbe.subscribe(stack.clients, outputs);
  });
  after(async () => {
    await probe.close();
    await webhook.close();
  });

  const land = async (name: string, body: Buffer | string): Promise<void> => {
    const Key = `${outputs.eventsPrefix}year=2026/month=03/day=01/hour=10/${name}`;
    await stack.clients.s3.send(new PutObjectCommand({ Bucket: outputs.rawBucket, Key, Body: body }));
  };
  const alerts = (expected: number): Promise<PurchaseAlert[]> =>
    probe.collect(expected, () => alertQueueDrained(stack.clients, outputs));
  const lines = (...events: (object | string)[]): string =>
    events.map((event) => (typeof event === "string" ? event : JSON.stringify(event))).join("\n");

  it("raises one alert for a dear purchase between bad lines and cheap ones, in a gzip object", async () => {
    await land("a b+c.json.gz", gzipSync(lines('{"cut', purchase("1", 999.99), purchase("2", 1000), "\u0000\u0001")));
    const found = await alerts(1);
    expect(found).to.have.length(1);
    expect(found[0]).to.deep.include({ orderId: "2", amountUsd: 1000, thresholdUsd: 1000, userId: "u-7" });
  });

  it("raises no second alert for the order, whichever way it comes again", async () => {
    await land("again.json", lines(purchase("2", 1000), purchase("3", 2500.5)));
    await publish(stack, outputs, purchase("2", 1000), purchase("3", 2500.5));
    expect((await alerts(2)).map(({ orderId }) => orderId).sort()).to.deep.equal(["2", "3"]);
  });

  it("takes purchases from the bus, and leaves the cheap ones to the pattern", async () => {
    await publish(stack, outputs, purchase("4", 999.99), purchase("5", 1e6));
    expect((await alerts(3)).map(({ orderId }) => orderId).sort()).to.deep.equal(["2", "3", "5"]);
  });

  it("does not stop at a gzip cut in half", async () => {
    const whole = gzipSync(lines(purchase("6", 3000), ..."x".repeat(20_000).split("")));
    await land("cut.json.gz", whole.subarray(0, whole.length - 12));
    expect((await alerts(4)).map(({ orderId }) => orderId)).to.include("6");
  });

  it("tells Slack who, how much and where to look", async () => {
    await eventually("four Slack messages", () => Promise.resolve(webhook.bodies.length >= 4), 240);
    const text = webhook.bodies.find((body) => body.includes("2,500.50") || body.includes("2500.5"));
    expect(text, webhook.bodies.join("\n")).to.be.a("string");
    expect(text).to.contain("u-7").and.contain("https://");
  });

  it("leaves nothing in the dead-letter queue", async () => {
    const { Attributes } = await stack.clients.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: outputs.alertDlqUrl, AttributeNames: ["ApproximateNumberOfMessages"] }),
    );
    expect(Attributes).to.deep.equal({ ApproximateNumberOfMessages: "0" });
  });
});

async function publish(stack: EphemeralStack, outputs: StackOutputs, ...events: object[]): Promise<void> {
  const result = await stack.clients.eventBridge.send(
    new PutEventsCommand({
      Entries: events.map((event) => ({
        EventBusName: outputs.purchaseBus,
        Source: "clickstream.web",
        DetailType: "purchase",
        Detail: JSON.stringify(event),
      })),
    }),
  );
  expect(result.FailedEntryCount).to.equal(0);
}

/** The stack's webhook is an https address of AWS's world; the test's own server is put in its place as a rotation would. */
async function pointSlackAt(stack: EphemeralStack, url: string): Promise<void> {
  const client = new SecretsManagerClient({
    region: stack.region,
    endpoint: stack.target.endpointOf("default") ?? "",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
  const { SecretList = [] } = await client.send(new ListSecretsCommand({}));
  const secret = SecretList.find(({ Name }) => Name?.includes("slack"));
  expect(secret, "the Slack secret").to.not.equal(undefined);
  await client.send(new PutSecretValueCommand({ SecretId: secret?.ARN ?? "", SecretString: url }));
  client.destroy();
}

class Webhook {
  readonly bodies: string[] = [];

  private constructor(private readonly server: Server) {}

  static async listen(): Promise<Webhook> {
    const server = createServer();
    const webhook = new Webhook(server);
    server.on("request", (request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.on("end", () => {
        webhook.bodies.push(body);
        response.end("ok");
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return webhook;
  }

  get url(): string {
    return `http://127.0.0.1:${String((this.server.address() as AddressInfo).port)}/hook`;
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.server.close(() => resolve()));
  }
}
