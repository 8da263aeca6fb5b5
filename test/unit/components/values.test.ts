import { expect } from "chai";
import fc from "fast-check";
import * as pulumi from "@pulumi/pulumi";
import * as defaults from "../../../components/defaults";
import { days, minutes, toDays, toMinutes, type Days } from "../../../components/duration";
import { validateSchedule } from "../../../components/etl-schedule";
import { InvalidArgumentError } from "../../../components/errors";
import { databaseName, fittingName, NamingError } from "../../../components/naming";
import { gigabytes, toBytes, toGigabytes, type Gigabytes } from "../../../components/size";

describe("durations and sizes", () => {
  it("read back what they write", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9_000_000 }), (count) => {
        expect(toDays(days(count))).to.equal(count);
        expect(toMinutes(minutes(count))).to.equal(count);
        expect(toGigabytes(gigabytes(count))).to.equal(count);
        expect(toBytes(gigabytes(count))).to.equal(count * 1e9);
      }),
    );
    expect(toDays("1 day")).to.equal(1);
    expect(toMinutes("1 minute")).to.equal(1);
  });

  it("refuse zero, fractions, signs, other units and what is too large to be exact", () => {
    for (const text of [
      "0 days",
      "1.5 days",
      "-1 days",
      "1 week",
      "days",
      "1e3 days",
      "90071992547409930 days",
      " 1 day",
    ]) {
      expect(() => toDays(text as Days), text).to.throw(RangeError, `"${text}"`);
    }
    for (const text of ["0 GB", "1 TB", "1GB", "-1 GB", "1.5 GB", "9999999999 GB"]) {
      expect(() => toBytes(text as Gigabytes), text).to.throw(RangeError, `"${text}"`);
    }
  });
});

describe("names", () => {
  it("leave room for the suffix up to the last character", () => {
    expect(fittingName("S3 bucket", "x".repeat(55))).to.equal("x".repeat(55));
    expect(() => fittingName("S3 bucket", "x".repeat(56))).to.throw(NamingError, "56 characters, but at most 55");
  });

  it("make database names that Athena reads unquoted", () => {
    expect(databaseName("clickstream-e-1", "gold")).to.equal("clickstream_e_1_gold");
  });

  it("fail without a stack trace on `pulumi up`", () => {
    expect(pulumi.RunError.isInstance(new NamingError("x"))).to.equal(true);
    expect(pulumi.RunError.isInstance(new InvalidArgumentError("x"))).to.equal(true);
  });
});

describe("schedules", () => {
  const accepted = [
    "cron(10 * * * ? *)",
    "cron(0/15 * * * ? *)",
    "cron(0 18 ? * MON-FRI *)",
    "cron(0 8 1 * ? *)",
    "cron(5,35 0-23 ? 1-12 2#1 2026-2030)",
    "cron(0 0 L * ? *)",
  ];
  for (const schedule of accepted) it(`accept ${schedule}`, () => validateSchedule(schedule));

  const refused: [string, RegExp][] = [
    ["", /six fields/],
    ["rate(1 hour)", /six fields/],
    ["cron(10 * * * *)", /six fields/],
    ["10 * * * ? *", /six fields/],
    ["cron(10 * * * * *)", /exactly one/],
    ["cron(10 * ? * ? *)", /exactly one/],
    ["cron(60 * * * ? *)", /minutes "60"/],
    ["cron(0 24 * * ? *)", /hours "24"/],
    ["cron(? * * * ? *)", /"\?" may only/],
    ["cron(0 * * * ? *; rm)", /six fields|characters/],
    ["cron(ä * * * ? *)", /characters/],
  ];
  for (const [schedule, message] of refused) {
    it(`refuse "${schedule}"`, () => expect(() => validateSchedule(schedule)).to.throw(InvalidArgumentError, message));
  }
});

describe("defaults", () => {
  it("are these", () => {
    expect({ ...defaults }).to.deep.equal({
      EVENTS_PREFIX: "events/",
      DEFAULT_ALERT_THRESHOLD_USD: 1000,
      DEFAULT_CURRENCIES: { USD: 1 },
      DEFAULT_HOT_FOR: "30 days",
      DEFAULT_WARM_UNTIL: "90 days",
      DEFAULT_RAW_RETENTION: "365 days",
      DEFAULT_RESULTS_EXPIRY: "14 days",
      DEFAULT_ACCESS_LOG_RETENTION: "90 days",
      DEFAULT_KEEP_OLD_VERSIONS_FOR: "30 days",
      DEFAULT_KEEP_DERIVED_VERSIONS_FOR: "1 day",
      DEFAULT_ABORT_UPLOADS_AFTER: "7 days",
      DEFAULT_SCRATCH_RETENTION: "7 days",
      DEFAULT_GLUE_VERSION: "5.1",
      DEFAULT_WORKER_TYPE: "G.1X",
      DEFAULT_WORKERS: 2,
      DEFAULT_SCHEDULE: "cron(10 * * * ? *)",
      DEFAULT_EXECUTION_CLASS: "STANDARD",
      DEFAULT_JOB_TIMEOUT: "60 minutes",
      DEFAULT_MAX_RETRIES: 0,
      DEFAULT_QUALITY_GATE_PERCENT: 90,
      DEFAULT_SESSION_TIMEOUT: "30 minutes",
      DEFAULT_SWEEP_GRACE_HOURS: 24,
      LATE_EVENT_RULES: ["each-run", "daily"],
      DEFAULT_METRICS_NAMESPACE: "Clickstream",
      DEFAULT_ADHOC_SCAN_CUTOFF: "100 GB",
      DEFAULT_ARCHIVE_SCHEDULE: "cron(40 3 * * ? *)",
      DEFAULT_ARCHIVE_STORAGE_CLASS: "GLACIER_IR",
      DEFAULT_BI_SCAN_CUTOFF: "20 GB",
      DEFAULT_MONTHLY_BUDGET_USD: 500,
      HEARTBEAT_RULES: ["watermark", "ignored"],
    });
  });
});
