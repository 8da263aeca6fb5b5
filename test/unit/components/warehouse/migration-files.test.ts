import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { expect } from "chai";
import * as fc from "fast-check";
import { pseudonymousColumns, readTableDefinition } from "../../../../components/table-definition";
import { fillIn, readMigrations, splitStatements } from "../../../../components/warehouse/migration-files";
import { JOBS_DIRECTORY } from "../../support/zone";

const MIGRATIONS = path.resolve(__dirname, "..", "..", "..", "..", "warehouse", "migrations");
const VALUES = { gold_database: "g", region: "eu-west-1", lake_role_arn: "arn:aws:iam::1:role/r", team: "web" };

/** Names and types of a table's columns in the migrations, in order. */
function columnsOf(table: string): [string, string][] {
  const statements = readMigrations(MIGRATIONS).flatMap((migration) => migration.statements);
  const text = statements.find((sql) => sql.startsWith(`CREATE TABLE ${table} (`)) ?? "";
  return [...text.matchAll(/^ {4}([a-z_]+) ([A-Z]+(?: PRECISION)?(?:\([0-9, ]+\))?)/gm)]
    .map(([, name = "", type = ""]): [string, string] => [name, type])
    .filter(([name]) => name !== "");
}

/** The Redshift type family that holds a type of the lake. */
function family(type: string): RegExp {
  if (type.startsWith("decimal")) return new RegExp(`^DECIMAL\\(${type.slice(8, -1).replace(",", ", ?")}\\)$`);
  const families: Record<string, RegExp> = {
    string: /^(VARCHAR|CHAR)\([0-9]+\)$/,
    date: /^DATE$/,
    timestamp: /^TIMESTAMP$/,
    int: /^INTEGER$/,
    bigint: /^BIGINT$/,
    double: /^DOUBLE PRECISION$/,
    boolean: /^BOOLEAN$/,
  };
  return families[type] ?? /^never$/;
}

describe("the warehouse's migrations", () => {
  it("are numbered, fill in with what the program knows, and fit one transaction each", () => {
    const templates = readMigrations(MIGRATIONS);
    expect(templates.map(({ id }) => Number(id.slice(0, 3)))).to.deep.equal(templates.map((_, at) => at + 1));
    for (const { id, statements } of fillIn(templates, VALUES)) {
      expect(statements.length, id).to.be.within(1, 39);
      expect(statements.join("\n"), id).not.to.match(/\$\{/);
    }
  });

  for (const [table, lake] of [
    ["hot.fact_clicks", "fact_clicks"],
    ["staging.fact_clicks", "fact_clicks"],
    ["hot.dim_users", "dim_users"],
  ] as const) {
    it(`${table} has the columns of the lake's table, in its order, in types that hold them`, () => {
      const { columns, partitionKeys } = readTableDefinition(JOBS_DIRECTORY, lake);
      // COPY fills by position, and the folder of a date does not hold the date.
      const expected = table.startsWith("staging") ? columns : [...columns, ...partitionKeys];
      const found = columnsOf(table);
      expect(found.map(([name]) => name)).to.deep.equal(expected.map(({ name }) => name));
      for (const [at, [name, type]] of found.entries()) expect(type, name).to.match(family(expected[at]?.type ?? ""));
    });
  }

  it("show dashboards every column of the facts but those that hold a pseudonym", () => {
    const hidden = pseudonymousColumns(JOBS_DIRECTORY, "fact_clicks");
    const { columns } = readTableDefinition(JOBS_DIRECTORY, "fact_clicks");
    const view = readMigrations(MIGRATIONS)
      .flatMap(({ statements }) => statements)
      .find((sql) => sql.startsWith("CREATE VIEW serving.clicks_bi"));
    const shown = columns.map(({ name }) => name).filter((name) => !hidden.includes(name));
    expect(view?.match(/(?<=^ {4})[a-z_]+(?=,?$)/gm)).to.deep.equal([...shown, "event_date"]);
  });

  it("show every column of the facts in clicks_all, from both sides in one order", () => {
    const names = readTableDefinition(JOBS_DIRECTORY, "fact_clicks").columns.map(({ name }) => name);
    const view = readMigrations(MIGRATIONS)
      .flatMap(({ statements }) => statements)
      .find((sql) => sql.startsWith("CREATE VIEW serving.clicks_all"));
    const sides = (view ?? "").split("UNION ALL").map((side) => side.match(/(?<=^ {4})[a-z_]+(?=,?$)/gm) ?? []);
    expect(sides).to.have.length(2);
    for (const side of sides) expect(side).to.deep.equal([...names, "event_date"]);
  });
});

describe("migration files", () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), "clickstream-migrations-"))));
  afterEach(() => rmSync(folder, { recursive: true }));
  const write = (name: string, text: string): void => writeFileSync(path.join(folder, name), text);

  it("are cut at semicolons, but not in texts, names and comments", () => {
    expect(splitStatements("a; -- b;c\n/* d; */ e 'f;''g' \"h;i\";", "x")).to.deep.equal(["a", "e 'f;''g' \"h;i\""]);
    const piece = fc.constantFrom("a", " ", "'x;y'", '"p;q"', "-- c;\n", "/*;*/", "1");
    fc.assert(
      fc.property(fc.array(fc.array(piece, { minLength: 1 }), { maxLength: 5 }), (statements) => {
        const text = statements.map((parts) => `${parts.join("")};`).join("\n");
        const bare = (sql: string): string => sql.replaceAll(/--[^\n]*|\/\*.*?\*\//g, "").trim();
        const expected = statements.map((parts) => bare(parts.join(""))).filter((sql) => sql !== "");
        expect(splitStatements(text, "x")).to.deep.equal(expected);
      }),
    );
  });

  it("say whether they bear a transaction, and change their checksum with every character", () => {
    write("001_a.sql", "-- transaction: none\nX;");
    write("002_b.sql", "-- x\nX;");
    const [a, b] = readMigrations(folder);
    expect([a?.transactional, b?.transactional]).to.deep.equal([false, true]);
    expect(a?.statements).to.deep.equal(b?.statements);
    expect(a?.checksum)
      .to.match(/^[0-9a-f]{64}$/)
      .and.not.equal(b?.checksum);
  });

  for (const [name, files, says] of [
    ["no file", {}, "no migration"],
    ["a name without number", { "a.sql": "X;" }, "a.sql is not a migration"],
    ["a number twice", { "001_a.sql": "X;", "001_b.sql": "X;" }, "number 001"],
    ["an open quote", { "001_a.sql": "SELECT 'x;" }, "not closed"],
    ["an unfinished statement", { "001_a.sql": "X; Y" }, "no semicolon: Y"],
  ] as const) {
    it(`refuse ${name}`, () => {
      for (const [file, text] of Object.entries(files)) write(file, text);
      expect(() => readMigrations(folder)).to.throw(says);
    });
  }

  it("refuse an unknown placeholder, and a value that would end its text", () => {
    write("001_a.sql", "SELECT '${team}';");
    const templates = readMigrations(folder);
    expect(() => fillIn(templates, { region: "x" })).to.throw("asks for ${team}: known are region");
    expect(() => fillIn(templates, { team: "x' OR '1" })).to.throw("may not be in it");
    expect(fillIn(templates, { team: "a" })[0]?.statements).to.deep.equal(["SELECT 'a'"]);
  });
});
