import {
  AthenaClient,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  StartQueryExecutionCommand,
} from "@aws-sdk/client-athena";
import { mockClient } from "aws-sdk-client-mock";
import { expect } from "chai";
import { gzipSync } from "node:zlib";
import { describeReplay, describeRows, describeSummary } from "../../../../automation/commands/quarantine-text";
import type { SilverReport } from "../../../../automation/stack/etl";
import {
  quarantinedRows,
  replayScope,
  summariseQuarantine,
  type QuarantineRow,
} from "../../../../automation/stack/quarantine";
import { maskedLine, revealedLine } from "../../../../automation/stack/quarantine-line";
import { placesOf } from "../../../../automation/stack/quarantine-place";
import { requireConservation } from "../../../../automation/stack/replay";
import { MemoryBuckets } from "./memory-cloud";

const PLACE = { silverDatabase: "cs_silver", adhocWorkgroup: "cs-adhoc" };
const LINE = '{"event_id":"e1","user":{"email":"ann@example.org"},"order":{"amount":-5}}';

const row = (
  file: string,
  text: string,
  encoding: "utf-8" | "base64" = "utf-8",
  length = text.length,
): QuarantineRow => ({
  rules: ["invalid_amount"],
  date: "2026-03-01",
  sourceFile: file,
  eventId: "ann@example.org",
  line: { text, encoding, length },
});

/** Athena that gives these answers one after the other, and remembers what it was asked. */
function athenaOf(...answers: (string | null)[][][]): { athena: AthenaClient; asked: string[] } {
  const athena = new AthenaClient({ region: "eu-west-1" });
  const asked: string[] = [];
  const mock = mockClient(athena);
  mock.on(StartQueryExecutionCommand).callsFake(async ({ QueryString }: { QueryString: string }) => {
    asked.push(QueryString);
    return { QueryExecutionId: String(asked.length) };
  });
  mock.on(GetQueryExecutionCommand).resolves({ QueryExecution: { Status: { State: "SUCCEEDED" } } });
  mock.on(GetQueryResultsCommand).callsFake(({ QueryExecutionId }: { QueryExecutionId: string }) => {
    const rows = answers[Number(QueryExecutionId) - 1] ?? [];
    const Rows = rows.map((cells) => ({
      Data: cells.map((cell) => (cell === null ? {} : { VarCharValue: cell })),
    }));
    return {
      ResultSet: {
        Rows,
        ResultSetMetadata: { ColumnInfo: (rows[0] ?? []).map((_, at) => ({ Name: `_col${String(at)}` })) },
      },
    };
  });
  return { athena, asked };
}

describe("quarantine: what is shown", () => {
  it("counts a row in each of its rules, and shows the newest line of each rule without its values", async () => {
    const { athena } = athenaOf(
      [
        ["invalid_amount,invalid_email", "2026-03-02", "2"],
        ["invalid_amount", "2026-03-01", "5"],
      ],
      [
        ["invalid_amount,invalid_email", "2026-03-02", "raw/b", "e1", LINE, "utf-8", String(LINE.length)],
        ["invalid_amount", "2026-03-01", "raw/a", null, "{", "utf-8", "1"],
      ],
    );
    const summary = await summariseQuarantine(athena, PLACE);
    expect(summary.rows).to.equal(7);
    expect(
      summary.rules.map(({ rule, rows, dates, newest }) => [rule, rows, dates.length, newest?.sourceFile]),
    ).to.deep.equal([
      ["invalid_amount", 7, 2, "raw/b"],
      ["invalid_email", 2, 1, "raw/b"],
    ]);
    const text = describeSummary(summary);
    expect(text).to.include('"email":"text of 15 characters"').and.not.to.include("ann@");
    expect(text).to.include("2026-03-02: 2").and.to.include("--reveal shows it");
    expect(describeSummary({ rows: 0, rules: [], bytesScanned: 0 })).to.equal("Quarantine is empty.");
  });

  it("asks for one rule and date, and refuses what is no id of a rule", async () => {
    const { athena, asked } = athenaOf([]);
    await quarantinedRows(athena, PLACE, { rule: "invalid_amount", date: "2026-03-01", limit: 3 });
    expect(asked[0]).to.include(
      "WHERE contains(rule_ids, 'invalid_amount') AND landing_date = DATE '2026-03-01' ORDER BY",
    );
    expect(asked[0]).to.match(/LIMIT 3$/);
    const refused = await quarantinedRows(athena, PLACE, { rule: "x' OR '1'='1", limit: 3 }).catch(String);
    expect(refused).to.include("is no id of a quality rule").and.to.include("quarantine list");
    expect(asked).to.have.length(1);
  });

  it("takes the newest date that has rows where a replay names no end", async () => {
    const { athena, asked } = athenaOf([
      ["2026-03-01", "3", "2", "300"],
      ["2026-03-04", "1", "1", "50"],
    ]);
    expect(await replayScope(athena, PLACE, { rule: "*", from: "2026-02-01" })).to.deep.equal({
      rule: "*",
      from: "2026-02-01",
      to: "2026-03-04",
      rows: 4,
      files: 3,
      characters: 350,
      dates: ["2026-03-01", "2026-03-04"],
    });
    expect(asked[0]).to.include("landing_date >= DATE '2026-02-01' GROUP BY");
  });

  it("masks lines of every kind, also ids, and reveals them without control characters", () => {
    expect(maskedLine(row("a", LINE).line)).to.not.include("ann@");
    expect(maskedLine(row("a", "secret words").line)).to.equal("no JSON object, text of 12 characters");
    expect(maskedLine(row("a", LINE.slice(0, 20), "utf-8", 5_000_000).line)).to.equal(
      "no JSON object, text of 5000000 characters",
    );
    expect(maskedLine(row("a", "c2VjcmV0", "base64").line)).to.equal(
      "bytes that are not UTF-8, 8 characters of base64",
    );
    expect(revealedLine(row("a", "a\u001b[31mb").line)).to.equal("a\\u001b[31mb");
    const masked = describeRows([row("raw/a", LINE)], [{ kind: "found", line: 3, offset: 99 }], false);
    expect(masked).to.include("raw/a  line 3, byte 99").and.to.include("broke invalid_amount");
    expect(masked).to.include("Values are masked").and.not.to.include("ann@");
    expect(describeRows([row("raw/a", LINE)], [{ kind: "gone" }], true))
      .to.include("ann@example.org")
      .and.to.include("only copy");
  });
});

describe("quarantine: places in raw objects", () => {
  it("finds lines by their bytes: gzip or plain, CRLF, repeated, cut, not UTF-8, or gone", async () => {
    const buckets = new MemoryBuckets();
    const bad = Buffer.from([0x7b, 0xff, 0xfe]);
    const long = "x".repeat(100_000);
    const text = Buffer.concat([
      Buffer.from(`first\r\n\ntwice\ntwice\nü${LINE}\n`),
      bad,
      Buffer.from(`\n${long}\nlast`),
    ]);
    buckets.put("raw/events/a.json.gz", gzipSync(text));
    buckets.put("raw/events/b.json", "only\n");
    const rows = [
      row("events/a.json.gz", "twice"),
      row("events/a.json.gz", "twice"),
      row("events/a.json.gz", "first"),
      row("events/a.json.gz", `ü${LINE}`),
      row("events/a.json.gz", bad.toString("base64"), "base64"),
      row("events/a.json.gz", long.slice(0, 20_000), "utf-8", 100_000),
      row("events/a.json.gz", "last"),
      row("events/a.json.gz", "not there"),
      row("events/b.json", "only"),
      row("events/gone.json", "only"),
    ];
    const places = await placesOf(buckets.client, "raw", rows);
    const start = text.indexOf(`ü${LINE}`);
    expect(places).to.deep.equal([
      { kind: "found", line: 3, offset: 8 },
      { kind: "found", line: 4, offset: 14 },
      { kind: "found", line: 1, offset: 0 },
      { kind: "found", line: 5, offset: start },
      { kind: "found", line: 6, offset: text.indexOf(bad) },
      { kind: "found", line: 7, offset: text.indexOf(long) },
      { kind: "found", line: 8, offset: text.length - 4 },
      { kind: "unknown" },
      { kind: "found", line: 1, offset: 0 },
      { kind: "gone" },
    ]);
  });
});

describe("quarantine: a replay's counts", () => {
  const report = (read: number): SilverReport => ({
    run_id: "jr_1",
    files: 0,
    read,
    accepted: 5,
    quarantined: 2,
    duplicates: 1,
    quality_score: 75,
    by_rule: {},
    dates: ["2026-03-01"],
    newest_event: null,
    seconds: 1,
  });

  it("must add up", () => {
    requireConservation(report(8));
    expect(() => requireConservation(report(9))).to.throw("read 9 ≠ accepted 5 + still in quarantine 2 + duplicates 1");
    expect(describeReplay({ silver: report(8) })).to.include(
      "read 8 = accepted 5 + still in quarantine 2 + duplicates 1",
    );
    expect(describeReplay({ silver: report(8) })).to.include("gold stays as it is");
  });
});
