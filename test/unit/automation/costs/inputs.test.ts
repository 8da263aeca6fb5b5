import { expect } from "chai";
import { ASSUMPTION_NAMES, ASSUMPTIONS, assumed, parseAssumptions } from "../../../../automation/costs/assumptions";
import { lineOf } from "../../../../automation/costs/model";
import { loadPrices, priceOf, pricesSchema } from "../../../../automation/costs/prices";
import { startsPerMonth } from "../../../../automation/costs/schedule";
import { UserError } from "../../../../automation/errors";
import { athenaUsd } from "../../../../handlers/query-log/price";
import { NODE_PRICES } from "../../../../components/warehouse/reservation";
import { RETRIEVALS, USD_PER_GB_READ_OF_INSTANT } from "../../../../automation/stack/archive-prices";

describe("the price list", () => {
  const list = loadPrices();

  it("has a date, a region, and for each price a unit and the page of AWS that lists it", () => {
    expect(list.region).to.equal("us-east-1");
    expect(Object.keys(list.prices).length).to.be.above(50);
    const odd = { ...list, prices: { "glue.dpuHour": { ...list.prices["glue.dpuHour"], unit: "furlong" } } };
    expect(pricesSchema.safeParse(odd).success).to.equal(false);
    const elsewhere = {
      ...list,
      prices: { "glue.dpuHour": { ...list.prices["glue.dpuHour"], source: "https://x.example/" } },
    };
    expect(pricesSchema.safeParse(elsewhere).success).to.equal(false);
    expect(() => priceOf(list, "glue.dpuYear")).to.throw('There is no price "glue.dpuYear"');
  });

  it("agrees with the prices that components, handlers and other commands tell", () => {
    const usd = (key: string): number => priceOf(list, key).usd;
    const terabyte = { state: "SUCCEEDED", statementType: "DML", bytesScanned: 1e12, reused: false };
    expect(athenaUsd(terabyte)).to.equal(usd("athena.tbScanned"));
    expect(NODE_PRICES["ra3.xlplus"]).to.deep.equal({
      onDemand: usd("redshift.ra3Xlplus"),
      reserved: usd("redshift.ra3Xlplus.reserved1y"),
    });
    expect(NODE_PRICES["ra3.large"]?.onDemand).to.equal(usd("redshift.ra3Large"));
    expect(NODE_PRICES["ra3.4xlarge"]?.onDemand).to.equal(usd("redshift.ra34xlarge"));
    expect(USD_PER_GB_READ_OF_INSTANT).to.equal(usd("s3.glacierIr.retrieval"));
    expect(RETRIEVALS.GLACIER.Standard?.usdPerGb).to.equal(usd("s3.glacier.retrieval"));
    expect(RETRIEVALS.DEEP_ARCHIVE.Standard?.usdPerGb).to.equal(usd("s3.deepArchive.retrieval"));
  });

  it("makes lines that cannot be of another unit, and none of a quantity that is none", () => {
    expect(lineOf({ prices: list }, "Glue", "job", "glue.dpuHour", 2, "two")).to.deep.equal({
      service: "Glue",
      what: "job",
      quantity: 2,
      unit: "DPU-hour",
      price: "glue.dpuHour",
      unitUsd: 0.44,
      usd: 0.88,
      because: "two",
    });
    for (const none of [Number.NaN, -1, Infinity]) {
      expect(() => lineOf({ prices: list }, "Glue", "job", "glue.dpuHour", none, "")).to.throw("is none");
    }
  });
});

describe("the assumptions", () => {
  it("lie within their bounds and say why", () => {
    for (const name of ASSUMPTION_NAMES) {
      const { value, min, max, reason, unit } = ASSUMPTIONS[name];
      expect(value, name).to.be.within(min, max);
      expect(reason.length, name).to.be.above(10);
      expect(unit, name).not.to.equal("");
    }
    const { hotShare, warmShare, coldShare } = assumed();
    expect(hotShare + warmShare + coldShare).to.be.closeTo(1, 1e-9);
  });

  it("are replaced by --set, within the same bounds", () => {
    expect(parseAssumptions(["lateDates=0", "gzipRatio=0.2"])).to.deep.equal({ lateDates: 0, gzipRatio: 0.2 });
    expect(assumed({ lateDates: 0 }).lateDates).to.equal(0);
    for (const bad of [
      "lateDate=1",
      "lateDates",
      "lateDates=",
      "lateDates=many",
      "lateDates=31",
      "lateDates=1=2",
      "=1",
    ]) {
      expect(() => parseAssumptions([bad]), bad).to.throw(UserError, bad);
    }
  });
});

describe("starts of a month", () => {
  const table: [string, number][] = [
    ["rate(5 minutes)", 8640],
    ["rate(1 hour)", 720],
    ["rate(1 day)", 30],
    ["cron(10 * * * ? *)", 720],
    ["cron(0/15 * * * ? *)", 2880],
    ["cron(40 3 * * ? *)", 30],
    ["cron(0 6,18 ? * MON-FRI *)", (2 * 30 * 5) / 7],
    ["cron(0 7 1 * ? *)", 30 / 31],
    ["cron(0 */6 * * ? *)", 120],
  ];
  for (const [schedule, starts] of table) {
    it(schedule, () => expect(startsPerMonth(schedule)).to.be.closeTo(starts, 1e-9));
  }
  it("are not counted for another text", () => {
    expect(() => startsPerMonth("at(2026-11-25T00:00:00)")).to.throw("neither rate(…) nor cron(…)");
  });
});
