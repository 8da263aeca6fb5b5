import * as sdk from "@aws-sdk/client-sns";
import { mockClient } from "aws-sdk-client-mock";
import { expect } from "chai";
import { createPublish, mayBeOut, PUBLISH_CLIENT, type Notice } from "../../../handlers/publish-alert";

const NOTICE: Notice = {
  subject: "Purchase alert",
  json: "{}",
  text: "text",
  attributes: { kind: "purchase-alert", amountUsd: 1500 },
};

/** An error as the SDK throws it. */
function sdkError(name: string, httpStatusCode?: number, $fault?: "client" | "server"): Error {
  return Object.assign(new Error(name), { name, $fault, $metadata: { httpStatusCode } });
}

describe("mayBeOut", () => {
  const cases: readonly [string, unknown, boolean][] = [
    ["throttling", sdkError("ThrottledException", 429, "client"), false],
    ["throttling by the key's service", sdkError("KMSThrottlingException", 400, "client"), false],
    ["throttling under another status", sdkError("Throttling", 503), false],
    ["too many requests under another name", sdkError("TooManyRequests", 429), false],
    ["a topic that is gone", sdkError("NotFoundException", 404, "client"), false],
    ["a fault of ours without a status", sdkError("InvalidParameter", undefined, "client"), false],
    ["an internal error", sdkError("InternalErrorException", 500, "server"), true],
    ["no service", sdkError("ServiceUnavailable", 503), true],
    ["an answer that cannot be read", sdkError("SyntaxError", 200), true],
    ["a timeout", sdkError("TimeoutError"), true],
    ["a reset", Object.assign(new Error("aborted"), { name: "Error", code: "ECONNRESET" }), true],
    ["what is no error", "thrown text", true],
    ["nothing", undefined, true],
  ];
  for (const [what, error, expected] of cases) {
    it(`${expected ? "is true" : "is false"} after ${what}`, () => {
      expect(mayBeOut(error)).to.equal(expected);
    });
  }
});

describe("createPublish", () => {
  const sns = mockClient(sdk.SNSClient);
  let slept: number[];
  beforeEach(() => {
    sns.reset();
    slept = [];
  });
  after(() => sns.restore());
  const client = new sdk.SNSClient({ ...PUBLISH_CLIENT, region: "eu-west-1" });
  const publish = createPublish(client, sdk, "arn:topic", (milliseconds) => {
    slept.push(milliseconds);
    return Promise.resolve();
  });
  const failure = async (): Promise<unknown> => {
    try {
      await publish(NOTICE);
      return "published";
    } catch (error) {
      return error;
    }
  };
  const tries = (): number => sns.commandCalls(sdk.PublishCommand).length;

  it("has a client that repeats nothing by itself", async () => {
    expect(await client.config.maxAttempts()).to.equal(1);
  });

  it("repeats what was throttled, after growing pauses", async () => {
    const throttled = sdkError("ThrottledException", 429, "client");
    sns.on(sdk.PublishCommand).rejectsOnce(throttled).rejectsOnce(throttled).resolves({ MessageId: "m" });
    expect(await failure()).to.equal("published");
    expect([tries(), slept]).to.deep.equal([3, [250, 1000]]);
  });

  it("gives up after three tries", async () => {
    const throttled = sdkError("ThrottledException", 429, "client");
    sns.on(sdk.PublishCommand).rejects(throttled);
    expect(await failure()).to.equal(throttled);
    expect([tries(), slept]).to.deep.equal([3, [250, 1000]]);
  });

  for (const error of [sdkError("TimeoutError"), sdkError("InternalErrorException", 500), sdkError("NotFound", 404)]) {
    it(`repeats no ${error.name}: it may be out, or never will be`, async () => {
      sns.on(sdk.PublishCommand).rejects(error);
      expect(await failure()).to.equal(error);
      expect([tries(), slept]).to.deep.equal([1, []]);
    });
  }
});
