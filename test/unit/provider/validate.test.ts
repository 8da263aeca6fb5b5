import { expect } from "chai";
import fc from "fast-check";
import { validateInput } from "../../../local-cloud/provider/clients";
import { type Model, modelOf, shapeAt, wrapped } from "../../../local-cloud/provider/model";
import { TABLE } from "../../../local-cloud/provider/table";
import { compilePattern, uncompilable, UNKNOWN, violations } from "../../../local-cloud/provider/validate";

const MODEL: Model = {
  operations: { Put: { input: { shape: "Input" } } },
  shapes: {
    Input: {
      type: "structure",
      required: ["Name"],
      members: {
        Name: { shape: "Name" },
        Count: { shape: "Count" },
        Ratio: { shape: "Ratio" },
        On: { shape: "Flag" },
        When: { shape: "Time" },
        Data: { shape: "Data" },
        Kind: { shape: "Kind" },
        Items: { shape: "Items" },
        Tags: { shape: "Tags" },
        Inner: { shape: "Inner" },
      },
    },
    Inner: { type: "structure", required: ["Id"], members: { Id: { shape: "Name" } } },
    Name: { type: "string", min: 2, max: 4, pattern: "[a-z]+" },
    Count: { type: "integer", min: 1, max: 3 },
    Ratio: { type: "double" },
    Flag: { type: "boolean" },
    Time: { type: "timestamp" },
    Data: { type: "blob", max: 2 },
    Kind: { type: "string", enum: ["A", "B"] },
    Items: { type: "list", member: { shape: "Name" }, min: 1, max: 2 },
    Tags: { type: "map", key: { shape: "Name" }, value: { shape: "Name" }, max: 1 },
  },
};

const rules = (input: object, partial = false): string[] =>
  violations(MODEL, "Input", input, "", partial).map(({ path, rule }) => `${path}: ${rule}`);

const ok = { Name: "abc" };

describe("validation against a model", () => {
  const cases: [string, object, string[]][] = [
    ["a good input", { ...ok, Count: 3, Ratio: 0.5, On: false, When: new Date(), Kind: "A", Items: ["ab"] }, []],
    ["a missing member", {}, ["Name: Member must not be null"]],
    ["a missing inner member", { ...ok, Inner: {} }, ["Inner.Id: Member must not be null"]],
    ["an unknown member", { ...ok, Other: 1 }, ["Other: no such member"]],
    ["a short text", { Name: "a" }, ["Name: Member must have length greater than or equal to 2"]],
    ["a long text", { Name: "abcde" }, ["Name: Member must have length less than or equal to 4"]],
    ["a text off its pattern", { Name: "AB" }, ["Name: Member must satisfy regular expression pattern: [a-z]+"]],
    ["a small number", { ...ok, Count: 0 }, ["Count: Member must have value greater than or equal to 1"]],
    ["a large number", { ...ok, Count: 4 }, ["Count: Member must have value less than or equal to 3"]],
    ["a fraction for a whole number", { ...ok, Count: 1.5 }, ["Count: Member must be of type integer"]],
    ["a text for a flag", { ...ok, On: "true" }, ["On: Member must be of type boolean"]],
    ["no time", { ...ok, When: "yesterday" }, ["When: Member must be of type timestamp"]],
    ["a value outside an enumeration", { ...ok, Kind: "C" }, ["Kind: Member must satisfy enum value set: [A, B]"]],
    ["an empty list", { ...ok, Items: [] }, ["Items: Member must have length greater than or equal to 1"]],
    [
      "a bad item",
      { ...ok, Items: ["ab", "x"] },
      ["Items.2.member: Member must have length greater than or equal to 2"],
    ],
    ["a large map", { ...ok, Tags: { aa: "bb", cc: "dd" } }, ["Tags: Member must have length less than or equal to 1"]],
    ["a bad key", { ...ok, Tags: { A1: "bb" } }, ["Tags.A1: Member must satisfy regular expression pattern: [a-z]+"]],
    ["a list for a map", { ...ok, Tags: [] }, ["Tags: Member must be of type map"]],
    ["large data", { ...ok, Data: new Uint8Array(3) }, ["Data: Member must have length less than or equal to 2"]],
  ];
  for (const [what, input, expected] of cases) {
    it(`judges ${what}`, () => expect(rules(input)).to.deep.equal(expected));
  }

  it("counts characters, not UTF-16 units", () => {
    const shapes = { ...MODEL.shapes, Name: { type: "string", max: 2 } };
    expect(violations({ ...MODEL, shapes }, "Name", "😀😀")).to.deep.equal([]);
  });

  it("lets pass what is unknown before other resources exist, and what may still come", () => {
    expect(rules({ Count: UNKNOWN, Items: [UNKNOWN], Inner: UNKNOWN }, true)).to.deep.equal([]);
    expect(rules({ Name: UNKNOWN })).to.have.length.greaterThan(0);
    expect(rules({ Inner: {} }, true)).to.deep.equal(["Inner.Id: Member must not be null"]);
  });

  it("never finds fault with values made to the model", () => {
    const name = fc.stringMatching(/^[a-z]{2,4}$/);
    const input = fc.record({
      Name: name,
      Count: fc.integer({ min: 1, max: 3 }),
      Items: fc.array(name, { minLength: 1, maxLength: 2 }),
    });
    fc.assert(
      fc.property(input, (value) => {
        expect(rules(value)).to.deep.equal([]);
      }),
    );
  });
});

describe("patterns of the models", () => {
  it("match the whole value, as AWS does", () => {
    expect(compilePattern("[a-z]")?.test("ab")).to.equal(false);
    expect(compilePattern("(?i)abc")?.test("ABC")).to.equal(true);
    expect(compilePattern("^[\\w\\-\\:]+$")?.test("a-b:c")).to.equal(true);
  });

  it("are undefined, and counted, where JavaScript cannot compile them", () => {
    expect(compilePattern("a++")).to.equal(undefined);
    const model: Model = {
      operations: {},
      shapes: { A: { type: "string", pattern: "a++" }, B: { type: "string", pattern: "b" } },
    };
    expect(uncompilable(model)).to.deep.equal(["a++"]);
  });

  it("compile in all but these of the services that are served", () => {
    const services = [...new Set(Object.values(TABLE).map(({ service }) => service))].sort();
    const counts = services.map((service) => [service, uncompilable(modelOf(service)).length] as const);
    expect(Object.fromEntries(counts.filter(([, count]) => count > 0))).to.deep.equal(UNCOMPILABLE);
  });
});

/** Patterns with Java's own syntax; the values that they are for are not checked by pattern. */
const UNCOMPILABLE = { budgets: 1, ce: 1, dynamodb: 1 };

describe("paths in a model", () => {
  it("lead through members and the items of lists", () => {
    const events = modelOf("events");
    expect(shapeAt(events, "PutTargets.Targets")).to.equal("Target");
    expect(wrapped(events, "PutTargets.Targets", { Id: "a" })).to.deep.equal({ Targets: [{ Id: "a" }] });
    expect(wrapped(modelOf("glue"), "CreateTable.TableInput", {})).to.deep.equal({ TableInput: {} });
    expect(() => shapeAt(events, "PutTargets.Nothing")).to.throw(`AWS's model has no "PutTargets.Nothing"`);
  });
});

describe("an input that AWS would refuse", () => {
  it("is refused with the service, the value, the rule and what to do", () => {
    const input = { FunctionName: "f", Role: "no-arn", Code: {}, Timeout: 901 };
    expect(() => validateInput("lambda", "CreateFunction", input))
      .to.throw(/lambda CreateFunction: 2 validation errors detected/)
      .with.property("message")
      .that.contains("Value 'no-arn' at 'Role'")
      .and.contains("Value '901' at 'Timeout' failed to satisfy constraint: must be a whole number from 1 to 900")
      .and.contains("nothing was sent");
  });

  // What the models know already needs no rule; these are the bounds that people meet.
  for (const [service, operation, input, rule] of [
    ["athena", "CreateWorkGroup", { Name: "w", Configuration: { BytesScannedCutoffPerQuery: 9_999_999 } }, /10000000/],
    ["kms", "EnableKeyRotation", { KeyId: "k", RotationPeriodInDays: 89 }, /equal to 90/],
    [
      "lambda",
      "CreateEventSourceMapping",
      { FunctionName: "f", ScalingConfig: { MaximumConcurrency: 1 } },
      /equal to 2/,
    ],
    ["scheduler", "CreateScheduleGroup", { Name: "a b" }, /regular expression/],
    ["s3", "PutBucketVersioning", { Bucket: "b", VersioningConfiguration: { Status: "On" } }, /\[Enabled, Suspended\]/],
    ["glue", "CreateJob", { Name: "j", Role: "r", Command: {}, WorkerType: "G.3X" }, /G\.1X, G\.2X/],
  ] as const) {
    it(`is refused by its model alone: ${service} ${operation}`, () => {
      expect(() => validateInput(service, operation, input)).to.throw(rule);
    });
  }
});
