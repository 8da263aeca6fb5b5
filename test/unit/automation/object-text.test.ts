import { GetObjectCommand, NoSuchKey, S3Client, type GetObjectCommandOutput } from "@aws-sdk/client-s3";
import { mockClient } from "aws-sdk-client-mock";
import { expect } from "chai";
import { objectText } from "../../../automation/stack/object-text";

describe("the text of an object", () => {
  const s3 = mockClient(S3Client);
  const place = { Bucket: "b", Key: "k" };
  const body = (transformToString: () => Promise<string>): GetObjectCommandOutput["Body"] =>
    ({ transformToString }) as unknown as GetObjectCommandOutput["Body"];
  const whole = body(() => Promise.resolve("{}"));
  /** A body as Node's HTTP client gives it whose connection ends before its length is reached. */
  const brokenBy = (code: string): GetObjectCommandOutput["Body"] =>
    body(() => Promise.reject(Object.assign(new Error("aborted"), { code })));

  beforeEach(() => {
    s3.reset();
  });

  it("is asked for again when its body breaks off", async () => {
    s3.on(GetObjectCommand)
      .resolvesOnce({ Body: brokenBy("ECONNRESET") })
      .resolves({ Body: whole });
    expect(await objectText(new S3Client(), place)).to.equal("{}");
    expect(s3.commandCalls(GetObjectCommand)).to.have.length(2);
  });

  it("is not there after four bodies that break off, or one that fails for another reason", async () => {
    s3.on(GetObjectCommand).resolves({ Body: brokenBy("ECONNRESET") });
    expect(await objectText(new S3Client(), place).catch(String)).to.match(/aborted/);
    expect(s3.commandCalls(GetObjectCommand)).to.have.length(4);
    s3.reset();
    s3.on(GetObjectCommand).resolves({ Body: brokenBy("EOTHER") });
    expect(await objectText(new S3Client(), place).catch(String)).to.match(/aborted/);
    expect(s3.commandCalls(GetObjectCommand)).to.have.length(1);
  });

  it("of an object that is not there is the service's own error", async () => {
    s3.on(GetObjectCommand).rejects(new NoSuchKey({ message: "gone", $metadata: {} }));
    expect(await objectText(new S3Client(), place).catch((error: unknown) => error)).to.be.instanceOf(NoSuchKey);
  });
});
