import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { billDiff, readStatement, type ComparedStatement } from "../../../../automation/costs/diff";
import { UserError } from "../../../../automation/errors";

function statement(services: Record<string, number>, more: Partial<ComparedStatement> = {}): ComparedStatement {
  const entries = Object.entries(services).map(([service, usd]) => ({ service, usd }));
  const usd = entries.reduce((sum, one) => sum + one.usd, 0);
  const prices = { date: "2026-11-01", region: "us-east-1" };
  return { stack: "prod", gbPerDay: 500, prices, bill: { usd, usdPerTb: usd / 15, services: entries }, ...more };
}

describe("two bills side by side", () => {
  it("show totals and each service that changes, the largest change first", () => {
    const before = statement({ "AWS Glue": 1000, "Amazon S3": 200, "AWS KMS": 10, "Amazon Redshift": 300 });
    const after = statement({ "AWS Glue": 1100, "Amazon S3": 200.001, "AWS KMS": 7.5, "Amazon Athena": 25 });
    const rows = billDiff(before, after)
      .split("\n")
      .filter((line) => line.startsWith("| "));
    expect(rows.slice(2)).to.deep.equal([
      "| **a month** | $1,510.00 | $1,332.50 | −$177.50 (−11.8 %) |",
      "| **a TB** | $100.67 | $88.83 | −$11.83 (−11.8 %) |",
      "| Amazon Redshift | $300.00 | $0.00 | −$300.00 (−100.0 %) |",
      "| AWS Glue | $1,000.00 | $1,100.00 | +$100.00 (+10.0 %) |",
      "| Amazon Athena | $0.00 | $25.00 | +$25.00 (new) |",
      "| AWS KMS | $10.00 | $7.50 | −$2.50 (−25.0 %) |",
    ]);
  });

  it("say so where nothing changes", () => {
    const same = statement({ "AWS Glue": 10 });
    expect(billDiff(same, same))
      .to.contain("| **a month** | $10.00 | $10.00 | – |")
      .and.contain("No service's cost changes.");
  });

  it("are refused where they are of another volume or other prices", () => {
    const base = statement({ "AWS Glue": 10 });
    expect(() => billDiff(base, { ...base, gbPerDay: 50 })).to.throw(UserError, "50 GB a day");
    const prices = { ...base.prices, date: "2027-01-01" };
    expect(() => billDiff(base, { ...base, prices })).to.throw(UserError, "prices of 2027-01-01");
  });

  it("are read from what cli cost --json wrote, and from nothing else", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "clickstream-bill-"));
    try {
      const file = path.join(folder, "base.json");
      await writeFile(file, JSON.stringify({ ...statement({ "AWS Glue": 10 }), levers: [] }));
      expect((await readStatement(file)).bill.usd).to.equal(10);
      await writeFile(file, "");
      const error = await readStatement(file).catch((caught: unknown) => caught);
      expect(error).to.be.instanceOf(UserError).with.property("message").that.contains("cost --offline --json");
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
