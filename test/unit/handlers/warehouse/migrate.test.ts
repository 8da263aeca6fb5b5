import { expect } from "chai";
import { migrate } from "../../../../handlers/warehouse/migrate";
import { pendingMigrations, type Migration } from "../../../../handlers/warehouse/migration";

import { FakeWarehouse, silenced } from "./fake-warehouse";

const migration = (id: string, changes: Partial<Migration> = {}): Migration => ({
  id,
  checksum: `sum of ${id}`,
  transactional: true,
  statements: [`DO ${id}`],
  ...changes,
});

describe("migrations", () => {
  it("run in the order of their numbers, each once", () => {
    const all = [migration("002_b"), migration("001_a"), migration("003_c")];
    expect(pendingMigrations(all, []).map(({ id }) => id)).to.deep.equal(["001_a", "002_b", "003_c"]);
    const ran = [{ id: "001_a", checksum: "sum of 001_a" }];
    expect(pendingMigrations(all, ran).map(({ id }) => id)).to.deep.equal(["002_b", "003_c"]);
  });

  it("refuse one that changed after it ran, and one put before it", () => {
    const ran = [{ id: "002_b", checksum: "sum of 002_b" }];
    expect(() => pendingMigrations([migration("002_b", { checksum: "other" })], ran)).to.throw(
      /002_b was changed after it ran \(it was sum of 002_b, it is other\)/,
    );
    expect(() => pendingMigrations([migration("001_a"), migration("002_b")], ran)).to.throw(/001_a is new, but 002_b/);
  });

  it("record themselves in the transaction of their statements, or after them where they allow none", async () => {
    const warehouse = new FakeWarehouse();
    const all = [migration("001_a", { statements: ["A", "B"] }), migration("002_b", { transactional: false })];
    const report = await silenced(() => migrate(warehouse, all));
    expect(report).to.deep.equal({ applied: ["001_a", "002_b"], before: 0 });
    const [ledger, first, second] = warehouse.calls;
    expect(ledger?.kind).to.equal("execute");
    expect(first?.kind).to.equal("transaction");
    expect(first?.statements.slice(0, 2)).to.deep.equal(["A", "B"]);
    expect(first?.statements[2]).to.contain("INSERT INTO ops.migrations").and.contain("'001_a', 'sum of 001_a'");
    expect(second?.kind).to.equal("execute");
    expect(second?.statements).to.have.length(2);
  });

  it("stop at the first that fails and name it", async () => {
    const warehouse = new FakeWarehouse();
    warehouse.failing = /DO 002_b/;
    const all = [migration("001_a"), migration("002_b"), migration("003_c")];
    const error = await silenced(() => migrate(warehouse, all).catch((reason: unknown) => reason));
    expect(String(error)).to.contain("migration 002_b: ERROR").and.contain("DO 002_b");
    expect(warehouse.calls.some(({ statements }) => statements.includes("DO 003_c"))).to.equal(false);
  });
});
