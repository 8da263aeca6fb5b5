import { expect } from "chai";
import { UserError } from "../../../../automation/errors";
import { homeBeside, homeOf, stackOfFullName } from "../../../../automation/stack/home";
import { lakeOwnerOf, requireOwnLake, type StackOutputs } from "../../../../automation/stack/outputs";

describe("a command that needs a lake", () => {
  const own = { pipelineName: "clickstream-prod", rawBucket: "raw" } as StackOutputs;
  const reader = { pipelineName: "clickstream-shop", lakeOwner: "clickstream-prod" } as unknown as StackOutputs;

  it("works on the stack that owns one", () => {
    expect(lakeOwnerOf(own)).to.equal(undefined);
    expect(() => requireOwnLake("prod", own)).to.not.throw();
  });

  it("says of a stack that reads another's where to give it", () => {
    expect(lakeOwnerOf(reader)).to.equal("clickstream-prod");
    expect(() => requireOwnLake("shop", reader))
      .to.throw(UserError, 'The stack "shop" reads the lake of clickstream-prod')
      .with.property("nextAction")
      .that.contains("--stack prod");
  });
});

describe("where a local stack is kept", () => {
  it("is its own place, unless it reads the lake of a stack that is here", async () => {
    expect(await homeOf("dev")).to.equal("dev");
    expect(await homeOf("e-without-a-file")).to.equal("e-without-a-file");
    for (const lakeStack of [undefined, "", "organization/clickstream/not-here"]) {
      expect(homeBeside("shop", lakeStack)).to.equal("shop");
    }
  });

  it("is named by the last part of a full name, which has to be a stack's", () => {
    expect(stackOfFullName("acme/clickstream/prod")).to.equal("prod");
    expect(() => stackOfFullName("acme/clickstream/Prod")).to.throw(UserError, "Prod");
  });
});
