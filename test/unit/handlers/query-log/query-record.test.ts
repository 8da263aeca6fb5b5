import { expect } from "chai";
import { athenaRecord } from "../../../../handlers/query-log/query-record";
import { redshiftRecord, type HistoryRow } from "../../../../handlers/query-log/redshift-record";
import { parseStagedKey, stagedName } from "../../../../handlers/query-log/staging";
import { execution } from "./support";

const TEAMS = { "wg-bi": "bi" };

describe("athenaRecord", () => {
  it("keeps what Athena says of a query, but no value of its text", () => {
    expect(athenaRecord(execution("q-1"), { Rows: { OutputRows: 7 } }, TEAMS)).to.deep.equal({
      eventDate: "2026-11-25",
      record: {
        query_id: "q-1",
        engine: "athena",
        workgroup: "wg-bi",
        team: "bi",
        user_name: null,
        // printf 'select a from t where who = ?' | sha256sum | cut -c1-32
        fingerprint: "7eb0234d74876975930723f9e7e57ae7",
        query_text: "select a from t where who = ?",
        statement_type: "DML",
        state: "SUCCEEDED",
        error: null,
        submitted_at: "2026-11-25 10:00:00.250",
        queued_ms: 50,
        run_ms: 1_500,
        total_ms: 1_750,
        bytes_scanned: 20_000_000,
        row_count: 7,
        cache_hit: false,
        usd: 0.0001,
        date_predicate: false,
      },
    });
  });

  it("belongs to the day on which the query ended, in UTC", () => {
    const Status = {
      State: "SUCCEEDED" as const,
      SubmissionDateTime: new Date("2026-11-25T23:59:59Z"),
      CompletionDateTime: new Date("2026-11-26T00:00:00Z"),
    };
    expect(athenaRecord(execution("q", { Status }), undefined, TEAMS)?.eventDate).to.equal("2026-11-26");
  });

  it("masks the reason of a failure, and charges nothing for it", () => {
    const Status = {
      State: "FAILED" as const,
      StateChangeReason: "INVALID_CAST_ARGUMENT: Cannot cast 'Ann' to BIGINT",
      CompletionDateTime: new Date("2026-11-25T10:00:00Z"),
    };
    const { record } = athenaRecord(execution("q", { Status }), undefined, TEAMS) ?? {};
    expect(record).to.include({ state: "FAILED", error: "INVALID_CAST_ARGUMENT: Cannot cast ? to BIGINT", usd: 0 });
  });

  it("reads DDL by Hive's rules, where a double quote begins a string, and views by Trino's", () => {
    const text = (SubstatementType: string): string | undefined => {
      const ddl = { Query: 'CREATE x "Ann"', StatementType: "DDL" as const, SubstatementType };
      return athenaRecord(execution("q", ddl), undefined, TEAMS)?.record.query_text;
    };
    expect(text("CREATE_TABLE")).to.equal("create x ?");
    expect(text("CREATE_VIEW")).to.equal('create x "ann"');
  });

  it("says so where it knows no team, no statistics and no end", () => {
    const { record } =
      athenaRecord(execution("q", { WorkGroup: "old", Statistics: undefined }), undefined, TEAMS) ?? {};
    expect(record).to.include({ team: "unassigned", bytes_scanned: 0, total_ms: null, row_count: null });
    expect(athenaRecord(execution("q", { Status: { State: "RUNNING" } }), undefined, TEAMS)).to.equal(undefined);
  });
});

describe("redshiftRecord", () => {
  const WAREHOUSE = { kind: "cluster" as const, name: "wh", database: "d", secretArn: "s", teams: { ann: "analysts" } };
  const ROW: HistoryRow = [
    42, "ann", "SELECT", "success", false, "2026-11-24 23:59:58.500", "2026-11-25 00:00:01.000",
    1_500, 2_000_400, 2_500_000, 3, "", "SELECT a FROM lake.t WHERE event_date = '2026-01-01' AND who = 'Ann'", "20000000",
  ]; // prettier-ignore

  it("keeps what Redshift says of a query, in the same words as Athena's", () => {
    const { eventDate, record } = redshiftRecord(ROW, WAREHOUSE, "web");
    expect(eventDate).to.equal("2026-11-25");
    const { fingerprint, ...rest } = record;
    expect(fingerprint).to.match(/^[0-9a-f]{32}$/);
    expect(rest).to.deep.equal({
      query_id: "42",
      engine: "redshift",
      workgroup: "wh",
      team: "analysts",
      user_name: "ann",
      query_text: "select a from lake.t where event_date = ? and who = ?",
      statement_type: "SELECT",
      state: "SUCCEEDED",
      error: null,
      submitted_at: "2026-11-24 23:59:58.500",
      queued_ms: 2,
      run_ms: 2_000,
      total_ms: 2_500,
      bytes_scanned: 20_000_000,
      row_count: 3,
      cache_hit: false,
      usd: 0.0001,
      date_predicate: true,
    });
  });

  it("gives users whom no team claims to the stack's team, and takes what is missing for unknown", () => {
    const row = ROW.map((value, at) => (at === 1 || at === 10 ? null : at === 4 ? true : value));
    expect(redshiftRecord(row, WAREHOUSE, "web").record).to.include({
      team: "web",
      user_name: null,
      row_count: null,
      cache_hit: true,
    });
    const bob = ROW.map((value, at) => (at === 1 ? "bob" : value));
    expect(redshiftRecord(bob, WAREHOUSE, "web").record.team).to.equal("web");
  });

  it("has one object a query: warehouses count from 1, Athena's ids are unique", () => {
    expect(stagedName(redshiftRecord(ROW, WAREHOUSE, "web"))).to.equal("redshift-wh-42.json");
    const athena = athenaRecord(execution("q-1"), undefined, TEAMS);
    expect(athena === undefined ? "" : stagedName(athena)).to.equal("athena-q-1.json");
    expect(parseStagedKey("staging/event_date=2026-11-25/athena-q-1.json")).to.deep.equal({
      day: "2026-11-25",
      name: "athena-q-1.json",
    });
    expect(parseStagedKey("staging/event_date=2026-11-25/a/b.json")).to.equal(undefined);
  });
});
