import { readFile } from "node:fs/promises";
import { expect } from "chai";
import { Command } from "commander";
import { addStackCommands } from "../../../automation/commands/stack";
import { pageFile, pageText } from "../../../automation/policy-page";
import { RULES } from "../../../policy/rules";

describe("docs/policy.md", () => {
  it("is what the rules and waivers say (npm run cli -- policy --docs writes it)", async () => {
    const text = await pageText();
    expect(await readFile(pageFile, "utf8")).to.equal(text);
    for (const { id } of RULES) expect(text).to.contain(`[${id}](`);
  });
});

describe("the command up", () => {
  it("has no way around the rules", () => {
    const program = new Command();
    addStackCommands(program);
    const up = program.commands.find((command) => command.name() === "up");
    expect(up?.options.map(({ long }) => long)).to.deep.equal(["--stack", "--target"]);
  });
});
