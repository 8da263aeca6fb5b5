import { expect } from "chai";
import fc from "fast-check";
import { assumed, type Assumed } from "../../../../automation/costs/assumptions";
import { beforeOf, SEED } from "../../../../automation/costs/before";
import { billOf } from "../../../../automation/costs/bill";
import { bucketsOf } from "../../../../automation/costs/buckets";
import { COVERAGE, uncovered } from "../../../../automation/costs/coverage";
import { leversOf, withEveryLever } from "../../../../automation/costs/levers";
import { modelOf, type Line, type ModelInputs } from "../../../../automation/costs/model";
import { loadPrices } from "../../../../automation/costs/prices";
import { sensitivitiesOf } from "../../../../automation/costs/sensitivity";
import { statementOf } from "../../../../automation/costs/statement";
import { graphOf } from "../graph/graphs";

const FORMS = ["dev", "prod", "serverless"] as const;

describe("the bill", function () {
  // The graphs come from processes that run the whole program.
  this.timeout(600_000);
  const prices = loadPrices();
  const stacks: Record<string, Omit<ModelInputs, "assumed" | "prices">> = {};
  before(async () => {
    await Promise.all(FORMS.map(async (form) => (stacks[form] = await graphOf(form))));
  });
  const inputs = (form: string, changes: Partial<Assumed> = {}): ModelInputs => ({
    ...(stacks[form] as ModelInputs),
    assumed: assumed(changes),
    prices,
  });
  const line = (form: string, what: RegExp, changes: Partial<Assumed> = {}): Line => {
    const found = billOf(inputs(form, changes)).lines.filter((one) => what.test(`${one.service} ${one.what}`));
    expect(found, String(what)).to.have.length(1);
    return found[0] as Line;
  };

  it("adds up a Glue job as by hand: hours of cores and of starts, at the price of its class", () => {
    const changes = { lateDates: 2, silverMbPerCoreSecond: 10, mergeMbPerCoreSecond: 40, runOverheadSeconds: 90 };
    // 24 runs a day × 30. A run parses 500/24 GB at 10 MB/s twice, once for the events that wait for the next day, and
    // merges half of today, yesterday in three runs of 24 and two late dates in one, of 500 GB at 40 MB/s, all a core.
    const coreSeconds = (2 * 500_000) / 24 / 10 + ((0.5 + 3 / 24 + 2 / 24) * 500_000) / 40;
    // Four cores a DPU; 90 seconds of two G.2X workers of 2 DPUs.
    const dpuHours = 720 * (coreSeconds / 4 / 3600 + (90 * 2 * 2) / 3600);
    const silver = line("prod", /^Glue job .*silver/, changes);
    expect(silver.quantity).to.be.closeTo(dpuHours, 1e-6);
    expect(silver.usd).to.be.closeTo(dpuHours * 0.44, 1e-6);
    expect(line("dev", /^Glue job .*silver/).price).to.equal("glue.flexDpuHour");
  });

  it("adds up Redshift as by hand: nodes, storage of the hot days, seconds of serverless", () => {
    expect(line("prod", /ra3\.xlplus/).usd).to.be.closeTo(2 * 730 * 0.7602, 1e-9);
    expect(line("prod", /ra3\.xlplus/, { reservedYears: 0 }).usd).to.be.closeTo(2 * 730 * 1.086, 1e-9);
    expect(line("prod", /managed storage/).usd).to.be.closeTo(500 * 0.1 * 30 * 0.024, 1e-9);
    const serverless = {
      gbPerDay: 24,
      queriesPerDay: 10,
      querySecondsServerless: 60,
      lateDates: 0,
      manualRunsPerDay: 1,
    };
    // Loads of two dates of 24 × 0.13 GB, one a day, at 10 MB/s × 8 RPUs; 95 % of ten questions for a minute.
    const hours = (30 * ((2 * 24_000 * 0.13) / 80) + 30 * 10 * 0.95 * 60) / 3600;
    expect(line("serverless", /serverless compute/, serverless).usd).to.be.closeTo(8 * hours * 0.375, 1e-9);
  });

  it("adds up S3 as by hand: raw by its tiers, gold in the archive, what runs replace", () => {
    const a = assumed();
    const rawGb = 500 * a.gzipRatio;
    expect(line("prod", /raw JSON, frequent/).usd).to.be.closeTo(rawGb * 30 * 0.023, 1e-9);
    expect(line("prod", /raw JSON, infrequent/).usd).to.be.closeTo(rawGb * 60 * 0.0125, 1e-9);
    // 365 days of which 90 are younger, and the old versions of what expires.
    const { oldVersionDays = 0 } = bucketsOf(inputs("prod").graph).find(({ role }) => role === "raw") ?? {};
    expect(line("prod", /raw JSON, archive instant/).usd).to.be.closeTo(rawGb * (275 + oldVersionDays) * 0.004, 1e-9);
    expect(line("prod", /gold.*: archive$/).usd).to.be.closeTo(500 * a.factRatio * 275 * 0.004, 1e-9);
    const gold = bucketsOf(inputs("prod").graph).find(({ role }) => role === "gold");
    // Half of today and the date before it; yesterday's late events in three runs of 24, those of three dates in one.
    const dates = 0.5 + 1 + 3 / 24 + 3 / 24;
    const gbPerDay = 24 * (500 * a.factRatio * dates + a.usersGb);
    const replaced = line("prod", /gold.*: replaced/);
    expect(replaced.usd).to.be.closeTo(gbPerDay * (1 + (gold?.oldVersionDays ?? Number.NaN)) * 0.023, 1e-6);
  });

  it("is the sum of its lines, each quantity × price in the price's unit, whatever is assumed", () => {
    const some = fc.record({
      form: fc.constantFrom(...FORMS),
      gbPerDay: fc.double({ min: 0.01, max: 5000, noNaN: true }),
      lateDates: fc.integer({ min: 0, max: 30 }),
      historyDays: fc.integer({ min: 1, max: 3650 }),
      reservedYears: fc.constantFrom(0, 1),
    });
    fc.assert(
      fc.property(some, ({ form, ...changes }) => {
        const { lines, services, usd } = billOf(inputs(form, changes));
        const total = lines.reduce((sum, one) => sum + one.quantity * (prices.prices[one.price]?.usd ?? Number.NaN), 0);
        expect(usd).to.be.closeTo(total, 1e-6 * Math.max(1, total));
        expect(services.reduce((sum, one) => sum + one.usd, 0)).to.be.closeTo(total, 1e-6 * Math.max(1, total));
        for (const one of lines) expect(one.unit, one.what).to.equal(prices.prices[one.price]?.unit);
      }),
      { numRuns: 50 },
    );
  });

  it("grows with the data, in every form", () => {
    const pair = fc.tuple(
      fc.double({ min: 0.01, max: 5000, noNaN: true }),
      fc.double({ min: 1, max: 10, noNaN: true }),
    );
    for (const form of FORMS) {
      fc.assert(
        fc.property(pair, ([gbPerDay, times]) => {
          const small = billOf(inputs(form, { gbPerDay })).usd;
          expect(billOf(inputs(form, { gbPerDay: gbPerDay * times })).usd).to.be.at.least(small - 1e-9);
        }),
        { numRuns: 20 },
      );
    }
  });

  it("bills a job's metrics for the hours in which it runs", () => {
    const changes = { metricsPerStack: 10, metricsPerJob: 20 };
    // Silver and gold each hour, cold once a day, erasure when somebody asks.
    expect(line("prod", /custom metrics/, changes).quantity).to.be.closeTo(10 + 20 * (2 + 1 / 24), 1e-9);
    const idle = { ...changes, manualRunsPerDay: 0 };
    expect(line("dev", /custom metrics/, idle).quantity).to.be.closeTo(10 + 20 / 24, 1e-9);
  });

  it("adds up network and audit of production as by hand, and has none of them in dev", () => {
    // Six services in two zones, around the clock.
    const endpoints = billOf(inputs("prod")).lines.filter(({ price }) => price === "vpc.endpointHour");
    expect(endpoints.reduce((sum, { usd }) => sum + usd, 0)).to.be.closeTo(6 * 2 * 730 * 0.01, 1e-9);
    // 500 GB × 0.127 of gzip in objects of 4 MB, four calls each, 30 days; 1.5 KB a record.
    const calls = ((500 * 0.127 * 1000) / 4) * 30 * 4;
    expect(line("prod", /^CloudTrail data events/).usd).to.be.closeTo((calls / 1e5) * 0.1, 1e-9);
    expect(line("prod", /audit trail written/).usd).to.be.closeTo(((calls * 1.5) / 1e6) * 0.5, 1e-9);
    expect(line("prod", /audit-trail: audit trail/).quantity).to.be.closeTo((calls * 0.15e-6 * 365) / 30, 1e-9);
    const dev = billOf(inputs("dev")).lines.filter(({ service }) => ["VPC", "CloudTrail"].includes(service));
    expect(dev).to.deep.equal([]);
  });

  it("knows what every type of the program costs, and every bucket", () => {
    for (const form of FORMS) {
      const { graph } = inputs(form);
      expect(uncovered(graph.resourceTypes), form).to.deep.equal([]);
      const strange = bucketsOf(graph).filter(({ role }) => role === "other");
      expect(
        strange.map(({ node }) => node.name),
        "buckets without a role in automation/costs/buckets.ts",
      ).to.deep.equal([]);
      const services = new Set(billOf(inputs(form)).services.map(({ service }) => service));
      for (const type of graph.resourceTypes) {
        const coverage = COVERAGE[type];
        if (coverage !== undefined && "priced" in coverage) expect(services, type).to.include(coverage.priced);
      }
    }
    const strange = inputs("dev").graph.map((node) =>
      node.type === "aws:kms/key:Key" ? { ...node, type: "aws:x/y:Z" } : node,
    );
    expect(() => billOf({ ...inputs("dev"), graph: strange })).to.throw("does not know what aws:x/y:Z costs");
  });

  it("gives each lever the difference that it makes", () => {
    const levers = new Map(leversOf(inputs("prod")).map((one) => [one.name, one]));
    expect(levers.get("reserved nodes")).to.include({ state: "pulled" });
    expect(levers.get("reserved nodes")?.usd).to.be.closeTo(2 * 730 * (1.086 - 0.7602), 1e-9);
    for (const [name, { state, usd }] of levers) {
      if (state === "none") expect(usd, name).to.equal(0);
      else expect(usd, name).to.be.above(0);
    }
    expect(levers.get("late events once a day")).to.include({ state: "pulled" });
    expect(leversOf(inputs("prod", { lateDates: 0 })).find(({ name }) => /late/.test(name))?.usd).to.be.below(0);
    const flex = levers.get("Glue FLEX");
    const glue = billOf(inputs("prod")).services.find(({ service }) => service === "Glue")?.usd ?? Number.NaN;
    expect(flex?.state === "free" ? flex.usd : Number.NaN).to.be.closeTo(glue * (1 - 0.29 / 0.44), 1e-6);
    expect(billOf(withEveryLever(inputs("prod"))).usd).to.be.below(billOf(inputs("prod")).usd);
    expect(leversOf(inputs("dev")).find(({ name }) => name === "Glue FLEX")?.state).to.equal("pulled");
  });

  it("says what it saves on the same data before, and whether the goals are met, whichever it is", () => {
    const statement = statementOf(inputs("prod"));
    const { usd, nodes } = beforeOf(modelOf(inputs("prod")));
    // 500 GB × 0.1 × 365 days × 1.25 over 8 TB a node.
    expect(nodes).to.equal(3);
    expect(usd).to.be.closeTo(3 * 730 * 3.26 + 18_250 * 0.024 + 500 * assumed().gzipRatio * 365 * 0.023, 1e-6);
    expect(statement.savedPercent).to.be.closeTo(100 * (1 - statement.bill.usd / usd), 1e-9);
    expect(statement.bill.usdPerTb).to.be.closeTo(statement.bill.usd / 15, 1e-9);
    expect(statement.goals.map(({ met }) => met)).to.deep.equal([
      statement.savedPercent >= SEED.savedPercent,
      statement.bill.usdPerTb < SEED.goalUsdPerTb,
    ]);
    expect(SEED.beforeUsd - SEED.afterUsd).to.be.closeTo(SEED.savedUsd, 1e-9);
  });

  it("orders assumptions by what they move", () => {
    const swings = sensitivitiesOf(inputs("prod"));
    expect(swings.map(({ swing }) => swing)).to.deep.equal(swings.map(({ swing }) => swing).sort((a, b) => b - a));
    const late = swings.find(({ name }) => name === "lateDates");
    expect(late?.low.usd).to.be.closeTo(billOf(inputs("prod", { lateDates: late?.low.value ?? Number.NaN })).usd, 1e-9);
  });
});
