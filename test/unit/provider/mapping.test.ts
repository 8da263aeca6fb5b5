import { expect } from "chai";
import fc from "fast-check";
import { drifted, fromApi, mapInputs, memberFor, toApi } from "../../../local-cloud/provider/mapping";
import { type Model, modelOf, shapeAt, shapeOf } from "../../../local-cloud/provider/model";
import { parseProperties } from "../../../local-cloud/provider/properties";
import { UNKNOWN } from "../../../local-cloud/provider/validate";

/** Values of a shape, as the SDK takes and gives them. */
function valuesOf(model: Model, name: string, depth = 4): fc.Arbitrary<unknown> {
  const shape = shapeOf(model, name);
  const inner = (member: string): fc.Arbitrary<unknown> => valuesOf(model, member, depth - 1);
  const key = fc.stringMatching(/^[a-z]{3,8}$/);
  switch (shape.type) {
    case "structure": {
      const members = depth > 0 ? Object.entries(shape.members ?? {}) : [];
      return fc.record(Object.fromEntries(members.map(([member, { shape: of }]) => [member, inner(of)])));
    }
    case "list":
      return fc.array(inner(shape.member?.shape as string), { minLength: 1, maxLength: 3 });
    case "map":
      return fc.dictionary(key, inner(shape.value?.shape as string), { minKeys: 1, maxKeys: 2 });
    case "boolean":
      return fc.boolean();
    case "timestamp":
      return fc.date({ noInvalidDate: true, min: new Date(0), max: new Date("2100-01-01") });
    case "integer":
    case "long":
      return fc.integer({ min: 0, max: 999 });
    case "double":
    case "float":
      return fc.integer({ min: 0, max: 999 });
    default:
      return shape.enum === undefined ? fc.stringMatching(/^[a-z]{1,9}$/) : fc.constantFrom(...shape.enum);
  }
}

describe("mapping to the API and back", () => {
  for (const [service, path] of [
    ["s3", "PutBucketLifecycleConfiguration.LifecycleConfiguration"],
    ["s3", "PutBucketEncryption.ServerSideEncryptionConfiguration"],
    ["glue", "CreateTable.TableInput"],
    ["glue", "CreateTrigger"],
    ["events", "PutTargets.Targets"],
    ["athena", "CreateWorkGroup.Configuration"],
    ["scheduler", "CreateSchedule.Target"],
  ] as const) {
    it(`returns what it was given: ${service} ${path}`, () => {
      const model = modelOf(service);
      const shape = shapeAt(model, path);
      fc.assert(
        fc.property(valuesOf(model, shape), (value) => {
          expect(toApi(model, shape, fromApi(value), path)).to.deep.equal(value);
          // What AWS reports back of an equal input is no drift.
          const asked = fromApi(value);
          expect(drifted(asked, value)).to.deep.equal(asked);
        }),
        { numRuns: 40 },
      );
    });
  }

  it("finds members whose names differ by case, plural or convention", () => {
    expect(memberFor(["KMSKeyId"], "kmsKeyId")).to.equal("KMSKeyId");
    expect(memberFor(["Rules"], "rule")).to.equal("Rules");
    expect(memberFor(["AttributeName", "AttributeType"], "type")).to.equal("AttributeType");
    expect(memberFor(["metricName"], "name")).to.equal("metricName");
    expect(memberFor(["Name"], "other")).to.equal(undefined);
  });

  it("wraps blocks, pairs maps, converts scalars and times", () => {
    const api = (service: "cloudwatch" | "glue" | "kms" | "scheduler", path: string, value: object): unknown =>
      toApi(modelOf(service), shapeAt(modelOf(service), path), value, "x");
    expect(
      api("cloudwatch", "PutMetricAlarm", { dimensions: { job: "a" }, threshold: "5", actionsEnabled: "true" }),
    ).to.deep.equal({
      Dimensions: [{ Name: "job", Value: "a" }],
      Threshold: 5,
      ActionsEnabled: true,
    });
    expect(api("kms", "CreateKey", { tags: { a: "b" } })).to.deep.equal({ Tags: [{ TagKey: "a", TagValue: "b" }] });
    expect(api("glue", "CreateJob", { notificationProperty: [{ notifyDelayAfter: 5 }] })).to.deep.equal({
      NotificationProperty: { NotifyDelayAfter: 5 },
    });
    expect(api("scheduler", "CreateSchedule", { startDate: "2026-01-01T00:00:00Z" })).to.deep.equal({
      StartDate: new Date("2026-01-01T00:00:00Z"),
    });
  });

  it("names the path of a member that AWS does not have, and what it has", () => {
    const model = modelOf("glue");
    expect(() => toApi(model, shapeAt(model, "CreateJob"), { command: { nome: "x" } }, "job")).to.throw(
      /property "job\.command\.nome" is not supported: AWS knows Name, ScriptLocation/,
    );
  });

  it("lets unknown values through and leaves special properties out", () => {
    const properties = parseProperties("name=GroupName hidden* description!");
    const mapped = mapInputs(modelOf("ec2"), "CreateSecurityGroup", properties, {
      name: UNKNOWN,
      hidden: 1,
      description: "d",
    });
    expect(mapped).to.deep.equal({ GroupName: UNKNOWN, Description: "d" });
  });
});

describe("drift", () => {
  const cases: [string, unknown, unknown, unknown][] = [
    ["a number that AWS keeps as text", 5, "5", 5],
    ["JSON written otherwise", '{ "a": 1 }', '{"a":1}', '{ "a": 1 }'],
    ["a list in another order", ["a", "b"], ["b", "a"], ["a", "b"]],
    ["a changed number", 5, 6, 6],
    ["changed JSON", '{"a":1}', '{"a":2}', '{"a":2}'],
    ["a shorter list", ["a", "b"], ["a"], ["a"]],
    ["what AWS adds by itself", { a: 1 }, { A: 1, B: 2 }, { a: 1 }],
    ["a member that is gone", { a: 1, b: 2 }, { A: 1 }, { a: 1 }],
    ["a block that AWS keeps in a list", { a: 1 }, [{ A: 2 }], { a: 2 }],
    ["tags as pairs", { k: "v" }, [{ Key: "k", Value: "w" }], { k: "w" }],
    ["an empty block that AWS does not keep", {}, undefined, {}],
    ["a value that is gone", "x", undefined, undefined],
  ];
  for (const [what, old, real, expected] of cases) {
    it(`judges ${what}`, () => expect(drifted(old, real)).to.deep.equal(expected));
  }
});
