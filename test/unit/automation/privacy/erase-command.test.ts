import { expect } from "chai";
import { Command } from "commander";
import { addEraseCommand } from "../../../../automation/commands/erase";
import { describeRequest } from "../../../../automation/commands/erase-text";

describe("the command erase", () => {
  const refused = async (...words: string[]): Promise<string> => {
    const program = new Command().exitOverride();
    addEraseCommand(program);
    return program.parseAsync(["erase", ...words], { from: "user" }).then(
      () => "",
      (error: Error) => error.message,
    );
  };

  it("takes --again with persons only", async () => {
    expect(await refused("--again")).to.contain("Nobody is named.");
    expect(await refused("--again", "--resume")).to.contain("These options do not fit together.");
    expect(await refused("--user", "u-1", "--again", "--resume")).to.contain("These options do not fit together.");
  });

  it("says of a request which one it came after", () => {
    const request = {
      id: "er-20261126-2",
      batch: "eb-20261126-2",
      subject: "0".repeat(64),
      emails: [],
      requestedAt: "2026-11-26T01:00:00Z",
      before: "er-20261125-1",
      state: "requested",
    } as const;
    expect(describeRequest({ ...request, emails: [] }, undefined).split("\n")[0]).to.equal(
      "er-20261126-2  requested, once more after er-20261125-1",
    );
  });
});
