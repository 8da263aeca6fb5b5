import { expect } from "chai";
import fc from "fast-check";
import { RAW_EVENTS_PROJECTION } from "../../../components/bronze-layer";
import {
  PartitionProjectionError,
  prefixesBetween,
  projectionParameters,
  validateProjection,
  type ColumnProjection,
  type PartitionProjection,
} from "../../../components/partition-projection";

const KEYS = ["year", "month", "day", "hour"];
const HOUR = 3_600_000;

function withColumn(column: ColumnProjection, template = "x=${x}/"): PartitionProjection {
  return { columns: { x: column }, template };
}

function problemsOf(projection: PartitionProjection, keys = Object.keys(projection.columns)): readonly string[] {
  try {
    validateProjection(projection, keys);
    return [];
  } catch (error) {
    expect(error).to.be.instanceOf(PartitionProjectionError);
    return (error as PartitionProjectionError).problems;
  }
}

describe("partition projection: validation", () => {
  it("accepts the raw events' own", () => {
    expect(problemsOf(RAW_EVENTS_PROJECTION, KEYS)).to.deep.equal([]);
  });

  const refused: [string, PartitionProjection, RegExp][] = [
    ["a range that runs backwards", withColumn({ type: "integer", range: [5, 1] }), /5\.\.1: the first value must not/],
    ["fractions", withColumn({ type: "integer", range: [0, 1.5] }), /whole numbers/],
    ["negative values", withColumn({ type: "integer", range: [-1, 5] }), /whole numbers ≥ 0/],
    ["NaN", withColumn({ type: "integer", range: [Number.NaN, 5] }), /whole numbers/],
    ["too few digits", withColumn({ type: "integer", range: [0, 100], digits: 2 }), /100, which does not fit 2 digits/],
    ["no digits", withColumn({ type: "integer", range: [0, 1], digits: 0 }), /digits of "x" is 0/],
    ["19 digits", withColumn({ type: "integer", range: [0, 1], digits: 19 }), /digits of "x" is 19/],
    ["an interval of nothing", withColumn({ type: "integer", range: [0, 1], interval: 0 }), /interval of "x" is 0/],
    ["no values", withColumn({ type: "enum", values: [] }), /are empty/],
    ["values twice", withColumn({ type: "enum", values: ["a", "b", "a"] }), /repeat: a, b, a/],
    ["a comma, which separates values", withColumn({ type: "enum", values: ["a,b"] }), /"a,b" of "x" may not/],
    ["a blank edge, which Athena trims", withColumn({ type: "enum", values: [" a"] }), /" a" of "x" may not/],
    ["an empty value", withColumn({ type: "enum", values: [""] }), /"" of "x" may not/],
    ["31 February", date(["2026-02-31", "NOW"]), /begins at "2026-02-31"/],
    ["a day in another form", date(["01.02.2026", "NOW"]), /begins at "01\.02\.2026"/],
    ["an end before the beginning", date(["2026-02-02", "2026-02-01"]), /must not be after the last/],
    ["NOW as the beginning", date(["NOW", "NOW"]), /begins at "NOW"/],
    ["a form that does not sort", date(["2026-01-01", "NOW"], "dd-MM-yyyy"), /format of "x" is "dd-MM-yyyy"/],
    [
      "a template without the column",
      withColumn({ type: "enum", values: ["a"] }, "y/"),
      /must name \$\{x\} exactly once/,
    ],
    ["a template with it twice", withColumn({ type: "enum", values: ["a"] }, "${x}/${x}/"), /exactly once/],
    [
      "a template with an unknown column",
      withColumn({ type: "enum", values: ["a"] }, "${x}/${y}/"),
      /\$\{y\}, which is no/,
    ],
    ["a template without a final slash", withColumn({ type: "enum", values: ["a"] }, "x=${x}"), /must end in "\/"/],
    ["a template that begins with a slash", withColumn({ type: "enum", values: ["a"] }, "/${x}/"), /may not begin/],
    ["an empty folder", withColumn({ type: "enum", values: ["a"] }, "a//${x}/"), /empty folder/],
    ["an open placeholder", withColumn({ type: "enum", values: ["a"] }, "${x}/${y/"), /not closed/],
  ];
  for (const [what, projection, message] of refused) {
    it(`refuses ${what}`, () => expect(problemsOf(projection).join("\n")).to.match(message));
  }

  it("refuses a key without projection and a projection without key", () => {
    expect(problemsOf(withColumn({ type: "enum", values: ["a"] }), ["z"])).to.deep.equal([
      'partition key "z" has no projection',
      '"x" is no partition key of the table',
    ]);
  });

  it("lists every problem at once", () => {
    const both = { columns: { a: int(5, 1), b: int(7, 2) }, template: "a=${a}/b=${b}" };
    expect(problemsOf(both)).to.have.length(3);
  });

  function date(range: [string, string], format = "yyyy-MM-dd"): PartitionProjection {
    return withColumn({ type: "date", range, format: format as "yyyy-MM-dd" });
  }
  function int(first: number, last: number): ColumnProjection {
    return { type: "integer", range: [first, last] };
  }
});

describe("partition projection: table parameters", () => {
  it("are what Athena reads for the raw events", () => {
    expect(projectionParameters(RAW_EVENTS_PROJECTION, "s3://raw/")).to.deep.equal({
      "projection.enabled": "true",
      "projection.year.type": "integer",
      "projection.year.range": "2019,2035",
      "projection.year.digits": "4",
      "projection.month.type": "integer",
      "projection.month.range": "1,12",
      "projection.month.digits": "2",
      "projection.day.type": "integer",
      "projection.day.range": "1,31",
      "projection.day.digits": "2",
      "projection.hour.type": "integer",
      "projection.hour.range": "0,23",
      "projection.hour.digits": "2",
      "storage.location.template": "s3://raw/events/year=${year}/month=${month}/day=${day}/hour=${hour}/",
    });
  });

  it("write dates in the column's own format, and NOW as it is", () => {
    const projection: PartitionProjection = {
      columns: {
        tier: { type: "enum", values: ["free", "paid"] },
        day: { type: "date", range: ["2026-01-02", "NOW"], format: "yyyy/MM/dd" },
        slot: { type: "integer", range: [0, 20], interval: 10 },
      },
      template: "${tier}/${day}/${slot}/",
    };
    validateProjection(projection, ["tier", "day", "slot"]);
    expect(projectionParameters(projection, "s3://b/")).to.deep.equal({
      "projection.enabled": "true",
      "projection.tier.type": "enum",
      "projection.tier.values": "free,paid",
      "projection.day.type": "date",
      "projection.day.range": "2026/01/02,NOW",
      "projection.day.format": "yyyy/MM/dd",
      "projection.day.interval": "1",
      "projection.day.interval.unit": "DAYS",
      "projection.slot.type": "integer",
      "projection.slot.range": "0,20",
      "projection.slot.interval": "10",
      "storage.location.template": "s3://b/${tier}/${day}/${slot}/",
    });
  });
});

describe("partition projection: expansion", () => {
  it("lists the hours that a range touches, over a leap day and the turn of a month", () => {
    const from = new Date("2028-02-28T23:30:00Z");
    const to = new Date("2028-02-29T01:00:00Z");
    expect(prefixesBetween(RAW_EVENTS_PROJECTION, from, to)).to.deep.equal([
      "events/year=2028/month=02/day=28/hour=23/",
      "events/year=2028/month=02/day=29/hour=00/",
    ]);
  });

  it("leaves out what no value stands for", () => {
    const from = new Date("2018-12-31T23:00:00Z");
    const to = new Date("2019-01-01T01:00:00Z");
    expect(prefixesBetween(RAW_EVENTS_PROJECTION, from, to)).to.deep.equal([
      "events/year=2019/month=01/day=01/hour=00/",
    ]);
    const evenHours: PartitionProjection = {
      columns: { hour: { type: "integer", range: [0, 22], interval: 2 } },
      template: "h${hour}/",
    };
    const day = [new Date("2026-01-01T00:00:00Z"), new Date("2026-01-01T05:00:00Z")] as const;
    expect(prefixesBetween(evenHours, ...day)).to.deep.equal(["h0/", "h2/", "h4/"]);
  });

  it("refuses an empty range, an invalid date, and columns that are no part of time", () => {
    const now = new Date("2026-01-01T00:00:00Z");
    expect(() => prefixesBetween(RAW_EVENTS_PROJECTION, now, now)).to.throw(PartitionProjectionError, "empty");
    expect(() => prefixesBetween(RAW_EVENTS_PROJECTION, now, new Date(NaN))).to.throw(PartitionProjectionError);
    const tier = withColumn({ type: "enum", values: ["a"] });
    expect(() => prefixesBetween(tier, now, new Date(now.getTime() + 1))).to.throw(PartitionProjectionError, '"x"');
  });

  it("finds for any instant exactly the folder that producers write to, and one folder an hour", () => {
    const instant = fc.date({
      min: new Date("2019-01-01T00:00:00Z"),
      max: new Date("2035-12-01T00:00:00Z"),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(instant, fc.integer({ min: 1, max: 400 }), (from, hours) => {
        const start = Math.floor(from.getTime() / HOUR) * HOUR;
        const prefixes = prefixesBetween(RAW_EVENTS_PROJECTION, from, new Date(start + hours * HOUR));
        expect(prefixes).to.have.length(hours);
        expect(new Set(prefixes).size).to.equal(hours);
        expect([...prefixes].sort(), "sorts as text in time order").to.deep.equal(prefixes);
        prefixes.forEach((prefix, index) => {
          const iso = new Date(start + index * HOUR).toISOString();
          const [, year, month, day, hour] = /^(\d{4})-(\d\d)-(\d\d)T(\d\d)/.exec(iso) ?? [];
          expect(prefix).to.equal(`events/year=${year}/month=${month}/day=${day}/hour=${hour}/`);
        });
      }),
      { numRuns: 60 },
    );
  });

  it("agrees with its own range and digits for any valid integer column", () => {
    const column = fc
      .tuple(fc.nat(9_999), fc.nat(9_999), fc.option(fc.integer({ min: 1, max: 18 })), fc.integer({ min: 1, max: 50 }))
      .map(([one, other, digits, interval]): ColumnProjection => {
        const range = [Math.min(one, other), Math.max(one, other)] as const;
        return { type: "integer", range, interval, ...(digits === null ? {} : { digits }) };
      });
    fc.assert(
      fc.property(column, (x) => {
        if (x.type !== "integer") return;
        const fits = x.digits === undefined || String(x.range[1]).length <= x.digits;
        expect(problemsOf(withColumn(x)).length === 0).to.equal(fits);
      }),
      { numRuns: 200 },
    );
  });
});
