import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { mockClient } from "aws-sdk-client-mock";
import { expect } from "chai";
import {
  alertSubject,
  alertText,
  describeProduct,
  formatMoney,
  type PurchaseAlert,
} from "../../../handlers/alert-message";
import { plainSlackMessage, slackMessage, slackTime } from "../../../handlers/slack-message";
import {
  connectSlack,
  notifySlack,
  sendToSlack,
  type PostResult,
  type SlackDependencies,
} from "../../../handlers/slack-notifier";
import { capturingLog } from "./support";

const ALERT: PurchaseAlert = {
  version: 1,
  kind: "purchase-alert",
  severity: "warning",
  team: "data",
  environment: "prod",
  orderId: "o-1",
  amount: 1200,
  currency: "EUR",
  currencyKnown: true,
  amountUsd: 1320,
  thresholdUsd: 1000,
  userId: "u-1 <!channel>",
  occurredAt: "2026-11-01T10:00:00Z",
  detectedAt: "2026-11-01T10:00:05.000Z",
  product: { id: "p-1", brand: "R&D", category: "phones", quantity: 2 },
  country: "AT",
  source: { type: "bus", source: "clickstream.web", id: "e" },
  link: "https://example.org/orders/o-1",
};

describe("slackMessage", () => {
  it("says who, what, how much, when, with a link, and mentions nobody", () => {
    expect(slackMessage(ALERT)).to.deep.equal({
      text: "Purchase of €1,200.00 ($1,320.00) by user u-1 &lt;!channel&gt; in prod",
      blocks: [
        { type: "header", text: { type: "plain_text", text: "Purchase of $1,320.00" } },
        {
          type: "section",
          fields: [
            { type: "mrkdwn", text: "*Who*\nuser u-1 &lt;!channel&gt; (AT)" },
            { type: "mrkdwn", text: "*What*\n2 × R&amp;D phones (p-1)\norder o-1" },
            { type: "mrkdwn", text: "*How much*\n€1,200.00 ($1,320.00)" },
            { type: "mrkdwn", text: "*When*\n<!date^1793527200^{date_short_pretty} {time_secs}|2026-11-01T10:00:00Z>" },
          ],
        },
        {
          type: "actions",
          elements: [
            { type: "button", text: { type: "plain_text", text: "Open" }, url: "https://example.org/orders/o-1" },
          ],
        },
        {
          type: "context",
          elements: [{ type: "mrkdwn", text: "data · prod · threshold $1,000.00 · seen 2026-11-01T10:00:05.000Z" }],
        },
      ],
    });
  });

  it("says what is not known instead of guessing", () => {
    const { occurredAt: _when, product: _what, ...rest } = ALERT;
    const text = JSON.stringify(slackMessage({ ...rest, currency: "?", currencyKnown: false, amountUsd: 1200 }));
    expect(text).to.contain("1,200.00 ? (no rate for ?: compared 1:1 with US dollars)");
    expect(text).to.contain("*When*\\nnot stated").and.to.contain("*What*\\nnot stated");
    expect(slackTime("yesterday <b>")).to.equal("yesterday &lt;b&gt;");
  });

  it("passes on what is no alert as text within Slack's limits", () => {
    const { blocks } = plainSlackMessage("ALARM: <late>", "&".repeat(5_000));
    expect(blocks[0]).to.deep.equal({ type: "section", text: { type: "mrkdwn", text: "*ALARM: &lt;late&gt;*" } });
    expect(JSON.stringify(blocks[1]).length).to.be.lessThan(3_000);
  });
});

describe("texts of an alert", () => {
  it("a subject is printable ASCII under 100 characters", () => {
    expect(alertSubject({ ...ALERT, orderId: `ö\n${"x".repeat(200)}` })).to.match(
      /^Purchase alert: \$1,320\.00, order \? x{50,}$/,
    );
    expect(alertSubject({ ...ALERT, orderId: "x".repeat(200) }).length).to.equal(99);
  });

  it("the e-mail answers the same questions", () => {
    expect(alertText(ALERT).split("\n")).to.deep.equal([
      "Purchase of €1,200.00 ($1,320.00) in prod",
      "",
      "Who:   user u-1 <!channel>",
      "What:  2 × R&D phones (p-1), order o-1",
      "When:  2026-11-01T10:00:00Z (seen 2026-11-01T10:00:05.000Z)",
      "Why:   at or above the threshold of $1,000.00",
      "Where: https://example.org/orders/o-1",
    ]);
  });

  it("money and products", () => {
    expect(formatMoney(1234.5, "JPY")).to.equal("¥1,235");
    expect(formatMoney(1, "POINTS")).to.equal("1.00 POINTS");
    expect(describeProduct({ id: "p" })).to.equal("p");
    expect(describeProduct({ category: "c", quantity: 1 })).to.equal("c");
  });
});

describe("sendToSlack", () => {
  const harness = (results: PostResult[]): { deps: SlackDependencies; urls: string[]; slept: number[] } => {
    const urls: string[] = [];
    const slept: number[] = [];
    return {
      urls,
      slept,
      deps: {
        webhook: (fresh) => Promise.resolve(fresh ? "fresh" : "cached"),
        post: (url) => {
          urls.push(url);
          return Promise.resolve(results.shift() ?? { status: 200 });
        },
        sleep: (milliseconds) => {
          slept.push(milliseconds);
          return Promise.resolve();
        },
      },
    };
  };
  const message = slackMessage(ALERT);
  const failure = async (deps: SlackDependencies): Promise<string> => {
    try {
      await sendToSlack(message, deps);
    } catch (error) {
      return (error as Error).message;
    }
    return "sent";
  };

  it("waits and repeats after 5xx, network errors and rate limits", async () => {
    const { deps, urls, slept } = harness([{ status: 503 }, { status: 429, retryAfterSeconds: 7 }]);
    expect(await failure(deps)).to.equal("sent");
    expect(urls).to.have.length(3);
    expect(slept).to.deep.equal([1000, 7000]);
    expect(await failure(harness([{ status: 0, error: "TimeoutError" }]).deps)).to.equal("sent");
  });

  it("gives up after three tries, and at once when Slack asks for a long pause", async () => {
    const down: PostResult[] = [{ status: 500 }, { status: 500 }, { status: 500 }];
    const stubborn = harness(down);
    expect(await failure(stubborn.deps)).to.match(/status 500/);
    expect(stubborn.urls).to.have.length(3);
    const limited = harness([{ status: 429, retryAfterSeconds: 60 }]);
    expect(await failure(limited.deps)).to.match(/status 429/);
    expect(limited.urls).to.have.length(1);
  });

  it("reads the secret again when the webhook was revoked, once", async () => {
    const rotated = harness([{ status: 404 }]);
    expect(await failure(rotated.deps)).to.equal("sent");
    expect(rotated.urls).to.deep.equal(["cached", "fresh"]);
    const dead = harness([{ status: 410 }, { status: 410 }]);
    expect(await failure(dead.deps)).to.match(/status 410/);
    expect(dead.urls).to.deep.equal(["cached", "fresh"]);
  });

  it("does not repeat a message that Slack refuses", async () => {
    const refused = harness([{ status: 400 }]);
    expect(await failure(refused.deps)).to.match(/status 400/);
    expect(refused.urls).to.have.length(1);
  });

  it("sends the other notifications when one fails, then fails so that Lambda retries", async () => {
    const { deps, urls } = harness([{ status: 400 }]);
    const record = (id: string): { Sns: { MessageId: string; Message: string } } => ({
      Sns: { MessageId: id, Message: JSON.stringify(ALERT) },
    });
    let caught: unknown;
    await capturingLog(() => notifySlack({ Records: [record("a"), record("b")] }, deps)).catch(
      (error: unknown) => (caught = error),
    );
    expect(caught).to.be.instanceOf(Error);
    expect(urls).to.have.length(2);
  });
});

describe("connectSlack", () => {
  const secrets = mockClient(SecretsManagerClient);
  let server: Server;
  let bodies: unknown[];
  before(() => {
    bodies = [];
    server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.on("end", () => {
        bodies.push(JSON.parse(body));
        response.writeHead(429, { "retry-after": "3" }).end("slow down");
      });
    });
    return new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  after(() => {
    secrets.restore();
    server.close();
  });
  beforeEach(() => secrets.reset());

  const connect = (): SlackDependencies => connectSlack({ SLACK_SECRET_ARN: "arn:secret", AWS_REGION: "eu-west-1" });

  it("reads the webhook at run time, keeps it for a while, and reads it anew on request", async () => {
    secrets
      .on(GetSecretValueCommand, { SecretId: "arn:secret" })
      .resolves({ SecretString: " https://hooks.example/1\n" });
    const deps = connect();
    expect(await deps.webhook(false)).to.equal("https://hooks.example/1");
    expect(await deps.webhook(false)).to.equal("https://hooks.example/1");
    expect(secrets.commandCalls(GetSecretValueCommand)).to.have.length(1);
    await deps.webhook(true);
    expect(secrets.commandCalls(GetSecretValueCommand)).to.have.length(2);
  });

  it("says what is wrong with a secret that holds no URL, without repeating it", async () => {
    secrets.on(GetSecretValueCommand).resolves({ SecretString: "token-123" });
    let caught: unknown;
    await connect()
      .webhook(false)
      .catch((error: unknown) => (caught = error));
    expect((caught as Error).message).to.equal("Secret arn:secret holds no URL. Store the Slack webhook URL in it.");
  });

  it("posts JSON, reports status and Retry-After, and never the URL of a failed call", async () => {
    const { port } = server.address() as AddressInfo;
    const message = slackMessage(ALERT);
    expect(await connect().post(`http://127.0.0.1:${port}/hook`, message)).to.deep.equal({
      status: 429,
      retryAfterSeconds: 3,
    });
    expect(bodies).to.deep.equal([message]);
    const refused = await connect().post("http://127.0.0.1:1/T000/SECRET", message);
    expect(refused).to.deep.equal({ status: 0, error: "TypeError" });
  });
});
