import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { z } from "zod";
import { capturing, closureArchive, type HandlerFactory } from "../../../components/closure-code";
import { InvalidArgumentError } from "../../../components/errors";

const text = async (factory: HandlerFactory): Promise<string> => {
  const archive = await new Promise<pulumi.asset.AssetArchive>((resolve, reject) => {
    const output = closureArchive(factory) as unknown as { promise(): Promise<pulumi.asset.AssetArchive> };
    output.promise().then(resolve, reject);
  });
  const assets = await archive.assets;
  expect(Object.keys(assets)).to.deep.equal(["__index.js"]);
  return (assets["__index.js"] as pulumi.asset.StringAsset).text;
};

function greeter(settings: { greeting: string }): HandlerFactory {
  return () => () => Promise.resolve(settings.greeting);
}

describe("the code of a closure", () => {
  it("holds what the closure captured", async () => {
    expect(await text(greeter({ greeting: "good morning" }))).to.contain("good morning");
  });

  it("is the same factory for equal settings of one maker, another for others", () => {
    const other = (settings: { greeting: string }): HandlerFactory => greeter(settings);
    const factory = capturing(greeter, { greeting: "hi" });
    expect(capturing(greeter, { greeting: "hi" })).to.equal(factory);
    expect(capturing(greeter, { greeting: "ho" })).to.not.equal(factory);
    expect(capturing(other, { greeting: "hi" })).to.not.equal(factory);
  });

  it("refuses a package that the Lambda runtime does not supply, and names it", async () => {
    const parse: HandlerFactory = () => () => Promise.resolve(z.string().parse("x"));
    const error: unknown = await text(parse).catch((cause: unknown) => cause);
    expect(error).to.be.instanceOf(InvalidArgumentError);
    expect((error as Error).message).to.match(/closure "parse" captures zod, which .*does not supply/);
  });

  it("refuses a captured secret, which would stand in the archive in clear", async () => {
    const secret = pulumi.secret("never in an archive");
    const leak: HandlerFactory = () => () => Promise.resolve(secret.get());
    const error: unknown = await text(leak).catch((cause: unknown) => cause);
    expect(error).to.be.instanceOf(Error);
    expect((error as Error).message).to.match(/Secret outputs cannot be captured/);
  });
});
