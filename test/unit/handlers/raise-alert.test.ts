import { expect } from "chai";
import type { AlertStore } from "../../../handlers/alert-store";
import type { PurchaseAlert } from "../../../handlers/alert-message";
import type { Notice } from "../../../handlers/publish-alert";
import { retryDelay } from "../../../handlers/purchase-alerts";
import {
  ALERT_CONCURRENCY,
  judge,
  raiseAlert,
  raiseAll,
  RECEIPT_WAIT_SECONDS,
  type AlertDependencies,
  type Finding,
} from "../../../handlers/raise-alert";
import { capturingLog, MemoryTable, SETTINGS } from "./support";

function finding(orderId: string, amount = 1500): Finding {
  const source = { type: "bus" as const, source: "clickstream.web", id: "e" };
  const found = judge({ orderId, amount, currency: "USD", userId: "u" }, source, SETTINGS);
  if (found === undefined) throw new Error("the purchase is too small for this test");
  return found;
}

describe("raiseAlert", () => {
  let table: MemoryTable;
  let published: PurchaseAlert[];
  let clock: number;
  beforeEach(() => {
    table = new MemoryTable();
    published = [];
    clock = Date.parse("2026-11-01T10:00:00Z");
  });
  const deps = (
    owner: string,
    changes: Partial<AlertDependencies> & { store?: AlertStore } = {},
  ): AlertDependencies => ({
    settings: SETTINGS,
    store: table.storeFor(owner),
    publish: (notice: Notice) => {
      published.push(JSON.parse(notice.json) as PurchaseAlert);
      return Promise.resolve();
    },
    now: () => new Date(clock),
    ...changes,
  });
  const raise = async (orderId: string, dependencies: AlertDependencies): Promise<string> =>
    (await capturingLog(() => raiseAlert(finding(orderId), dependencies))).result.kind;

  it("publishes one order once, however often it is seen", async () => {
    expect(await raise("o-1", deps("a"))).to.equal("published");
    expect(await raise("o-1", deps("b"))).to.equal("known");
    expect(await raise("o-2", deps("b"))).to.equal("published");
    expect(published.map((alert) => alert.orderId)).to.deep.equal(["o-1", "o-2"]);
  });

  it("two invocations at once: one publishes, the other comes back later and finds it done", async () => {
    let second = "";
    const slow = deps("a", {
      publish: async (notice) => {
        second = await raise("o-1", deps("b"));
        published.push(JSON.parse(notice.json) as PurchaseAlert);
      },
    });
    expect(await raise("o-1", slow)).to.equal("published");
    expect(second).to.equal("retry");
    expect(await raise("o-1", deps("b"))).to.equal("known");
    expect(published).to.have.length(1);
  });

  it("a publish that is refused gives the order back, and the next try alerts", async () => {
    const throttled = Object.assign(new Error("slow down"), { name: "ThrottledException" });
    expect(await raise("o-1", deps("a", { publish: () => Promise.reject(throttled) }))).to.equal("retry");
    expect(await raise("o-1", deps("b"))).to.equal("published");
    expect(published).to.have.length(1);
  });

  describe("a publish whose answer is lost", () => {
    const lost = (owner: string): AlertDependencies =>
      deps(owner, { publish: () => Promise.reject(Object.assign(new Error("no answer"), { name: "TimeoutError" })) });

    it("holds the order until its receipt says that the alert is out", async () => {
      expect(await raise("o-1", lost("a"))).to.equal("retry");
      expect(await raise("o-1", deps("b"))).to.equal("retry");
      table.receipt("o-1");
      expect(await raise("o-1", deps("b"))).to.equal("known");
      expect(published).to.deep.equal([]);
    });

    it("is tried again when no receipt has come", async () => {
      expect(await raise("o-1", lost("a"))).to.equal("retry");
      clock += RECEIPT_WAIT_SECONDS * 1000;
      expect(await raise("o-1", deps("b"))).to.equal("published");
    });

    it("is waited for less than three retries take, so that two receives are left, and less than the lease", () => {
      const waits = [1, 2, 3].map(retryDelay).reduce((sum, wait) => sum + wait, 0);
      expect(RECEIPT_WAIT_SECONDS).to.be.lessThan(Math.min(waits, SETTINGS.leaseSeconds));
    });
  });

  it("a process that dies between claim and publish loses nothing: the lease ends and the next try alerts", async () => {
    await table.storeFor("dead").claim("o-1", new Date(clock));
    expect(await raise("o-1", deps("b"))).to.equal("retry");
    clock += (SETTINGS.leaseSeconds + 1) * 1000;
    expect(await raise("o-1", deps("b"))).to.equal("published");
  });

  it("an alert that went out is not sent again because its record failed", async () => {
    const store = { ...table.storeFor("a"), markSent: () => Promise.reject(new Error("no table")) };
    const { result, log } = await capturingLog(() => raiseAlert(finding("o-1"), deps("a", { store })));
    expect(result.kind).to.equal("published");
    expect(log.map((line) => line.level)).to.deep.equal(["error", "info"]);
  });

  it("tells of an owner that was overtaken", async () => {
    const store = { ...table.storeFor("a"), markSent: () => Promise.resolve(false) };
    const { log } = await capturingLog(() => raiseAlert(finding("o-1"), deps("a", { store })));
    expect(log[0]).to.include({ level: "error", orderId: "o-1" });
  });

  it("a claim that fails is retried", async () => {
    const store = { ...table.storeFor("a"), claim: () => Promise.reject(new Error("throttled")) };
    expect(await raise("o-1", deps("a", { store }))).to.equal("retry");
    expect(published).to.have.length(0);
  });

  it("raises many at once, a few at a time, each order once; a failed one stops no other", async () => {
    let running = 0;
    let most = 0;
    const dependencies = deps("a", {
      publish: async (notice) => {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setTimeout(resolve, 1));
        running -= 1;
        const alert = JSON.parse(notice.json) as PurchaseAlert;
        if (alert.orderId === "o-3") throw new Error("refused");
        published.push(alert);
      },
    });
    const findings = Array.from({ length: 50 }, (_, index) => finding(`o-${index}`));
    const totals = { published: 0, known: 0, failed: 0 };
    await capturingLog(() => raiseAll([...findings, finding("o-1", 9_999)], dependencies, totals));
    expect(totals).to.deep.equal({
      published: 49,
      known: 1,
      failed: 1,
      firstReason: "order o-3: cannot publish: Error: refused",
    });
    expect(published).to.have.length(49);
    expect(most).to.equal(ALERT_CONCURRENCY);
  });
});
