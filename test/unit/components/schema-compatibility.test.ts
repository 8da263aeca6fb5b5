import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { expect } from "chai";
import fc from "fast-check";
import { InvalidArgumentError } from "../../../components/errors";
import {
  compileEventSchemas,
  DEFAULT_SCHEMAS_DIRECTORY,
  fieldsOf,
  readSchemaVersions,
  schemaBreaks,
} from "../../../components/event-schemas";
import { compatibility, type SchemaPart } from "../../../components/schema-compatibility";
import { TABLES_COLUMNS } from "./raw-columns";

const OLDER = {
  $id: "older",
  type: "object",
  required: ["id", "kind"],
  properties: {
    id: { type: "string" },
    kind: { type: "string", enum: ["a", "b"] },
    price: { type: "number" },
    order: { type: "object", required: ["amount"], properties: { amount: { type: "number" } } },
  },
  additionalProperties: false,
} satisfies SchemaPart;
const edited = (edit: (schema: typeof OLDER & Record<string, unknown>) => void): SchemaPart => {
  const copy = structuredClone(OLDER) as typeof OLDER & Record<string, unknown>;
  edit(copy);
  return copy;
};

describe("compatibility of event schemas", () => {
  it("holds between the project's versions: this is the check in CI", () => {
    const { versions } = readSchemaVersions(DEFAULT_SCHEMAS_DIRECTORY);
    expect(versions.map(({ version }) => version)).to.include("1");
    expect(schemaBreaks(versions)).to.deep.equal([]);
  });

  it("knows exactly the fields that the raw table has, under the default version", () => {
    const { versions, defaultVersion } = readSchemaVersions(DEFAULT_SCHEMAS_DIRECTORY);
    const schema = versions.find(({ version }) => version === defaultVersion)?.schema ?? {};
    const leaves = fieldsOf(schema).filter(({ types }) => !types.includes("object"));
    expect(leaves.map((field) => field.path).sort()).to.deep.equal([...TABLES_COLUMNS].sort());
  });

  it("allows optional fields, event types and words", () => {
    const newer = edited((schema) => {
      Object.assign(schema.properties, { extra: { type: "boolean" } });
      Object.assign(schema.properties.order.properties, { tax: { type: "number" } });
      schema.properties.kind.enum.push("c");
      schema["description"] = "other words";
    });
    expect(compatibility(OLDER, newer)).to.deep.equal([]);
  });

  const refused: [string, SchemaPart, string][] = [
    [
      "a removed field",
      edited((schema) => Reflect.deleteProperty(schema.properties, "price")),
      "price is removed (or renamed)",
    ],
    [
      "a renamed nested field",
      edited((schema) => Object.assign(schema.properties.order, { properties: { total: { type: "number" } } })),
      "order.amount is removed (or renamed)",
    ],
    [
      "another type",
      edited((schema) => Object.assign(schema.properties.price, { type: "string" })),
      "price changes its type from number to string",
    ],
    ["a new requirement", edited((schema) => schema.required.push("price")), "price becomes required"],
    ["a dropped requirement", edited((schema) => schema.required.pop()), "kind is no longer required"],
    ["a lost event type", edited((schema) => schema.properties.kind.enum.pop()), "kind no longer allows b"],
    [
      "a new enumeration",
      edited((schema) => Object.assign(schema.properties.id, { enum: ["x"] })),
      "id is limited to an enumeration",
    ],
    [
      "another form",
      edited((schema) => Object.assign(schema.properties.id, { pattern: "^x" })),
      'id changes "pattern"',
    ],
  ];
  for (const [what, newer, text] of refused) {
    it(`refuses ${what}`, () => expect(compatibility(OLDER, newer)).to.deep.equal([text]));
  }

  it("is told by any added optional fields, and by any removed one", () => {
    const names = fc.uniqueArray(fc.stringMatching(/^x[a-z]{1,8}$/), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(names, fc.constantFrom("string", "number", "boolean"), (added, type) => {
        const newer = edited((schema) => {
          for (const name of added) Object.assign(schema.properties, { [name]: { type } });
        });
        expect(compatibility(OLDER, newer)).to.deep.equal([]);
        expect(compatibility(newer, OLDER)).to.have.length(added.length);
      }),
      { numRuns: 50 },
    );
  });

  describe("of a folder", () => {
    let folder: string;
    beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), "schemas-"))));
    afterEach(() => rmSync(folder, { recursive: true }));
    const write = (name: string, value: unknown): void => writeFileSync(path.join(folder, name), JSON.stringify(value));
    const one = JSON.parse(readFileSync(path.join(DEFAULT_SCHEMAS_DIRECTORY, "1.json"), "utf8")) as SchemaPart;

    it("stops the deployment where a version breaks the one that it follows", () => {
      const { properties } = one as { properties: Record<string, unknown> };
      const { user_id: _gone, ...rest } = properties;
      write("1.json", one);
      write("2.json", { ...one, properties: { ...rest, uid: { type: "string" } } });
      const versions = [
        { version: "1", schema: "1.json" },
        { version: "2", schema: "2.json", follows: "1" },
      ];
      write("index.json", { default: "1", versions });
      expect(() => compileEventSchemas(folder)).to.throw(
        InvalidArgumentError,
        /version 2 after 1: user_id is removed \(or renamed\)\. A newer version may only add/,
      );
    });

    it("says what is wrong with an index", () => {
      expect(() => compileEventSchemas(folder)).to.throw(InvalidArgumentError, /index\.json cannot be read/);
      write("1.json", one);
      write("index.json", { default: "1", versions: [{ version: "1", schema: "1.json", follows: "0" }] });
      expect(() => compileEventSchemas(folder)).to.throw(/names the version "0", which it does not list/);
      write("index.json", { default: "1", versions: [{ version: "1" }] });
      expect(() => compileEventSchemas(folder)).to.throw(InvalidArgumentError, /index\.json: /);
    });

    it("refuses a keyword whose code would need a package at run time", () => {
      write("1.json", { ...one, properties: { event_id: { type: "string", maxLength: 3 } } });
      write("index.json", { default: "1", versions: [{ version: "1", schema: "1.json" }] });
      expect(() => compileEventSchemas(folder)).to.throw(/do not compile: .*needs require\(/);
    });
  });
});
