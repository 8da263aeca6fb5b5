import { readFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { costPages } from "../../../../automation/costs/page";
import { PROJECT_ROOT } from "../../../../automation/stack/workspace";

describe("pages with figures of the cost model", function () {
  // Two dry runs of the program, each a process of its own.
  this.timeout(600_000);

  it("say what the model says now: `npm run cli -- cost --docs` writes them", async () => {
    const pages = await costPages();
    expect([...pages.keys()].map((file) => path.relative(PROJECT_ROOT, file))).to.deep.equal([
      "README.md",
      "docs/cost.md",
    ]);
    for (const [file, text] of pages) expect(await readFile(file, "utf8"), file).to.equal(text);
  });
});
