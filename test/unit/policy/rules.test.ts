import { expect } from "chai";
import { MASKED } from "../../../automation/graph/resource-graph";
import { FIXTURES } from "../../../policy/fixtures";
import { resourcesOf } from "../../../policy/fixtures/fixture";
import type { Resources } from "../../../policy/resource";
import { sourceOf, type Rule } from "../../../policy/rule";
import { RULES } from "../../../policy/rules";
import { MASKED_TEXT } from "../../../policy/secrets";
import { NOT_OF_A_STACK, STANDARDS } from "../../../policy/standards";

/** What a rule says of a fixture's resources. */
function problems(rule: Rule, all: Resources, shown: Resources = all): string[] {
  const resources = rule.types.flatMap((type) => all.ofType(type));
  return resources.flatMap((resource) => rule.check(resource, shown));
}

/** Resources that nobody may ask for anything. */
const CLOSED = new Proxy({} as Resources, {
  get: (_, property) => {
    throw new Error(`a rule that reads one resource alone asked for ${String(property)} of the others`);
  },
});

for (const rule of RULES) {
  describe(`rule ${rule.id}`, () => {
    const fixture = FIXTURES[rule.id] ?? { right: {}, wrong: {} };

    it(`keeps quiet about what is right: ${rule.title}`, () => {
      expect(FIXTURES, "fixtures").to.have.property(rule.id);
      expect(problems(rule, resourcesOf(fixture))).to.deep.equal([]);
    });

    it("has something that breaks it", () => {
      expect(Object.keys(fixture.wrong)).not.to.be.empty;
    });

    for (const [what, change] of Object.entries(fixture.wrong)) {
      it(`catches: ${what}`, () => {
        const found = problems(rule, resourcesOf(fixture, change));
        expect(found).not.to.be.empty;
        for (const problem of found) expect(problem).not.to.contain("undefined");
      });
    }

    it("says what to do, and reads no more than it says", () => {
      expect(rule.remedy).to.match(/^[A-Z].*\.$/);
      expect(new URL(sourceOf(rule.id)).protocol).to.equal("https:");
      if (rule.reads === "resource") {
        const all = resourcesOf(fixture);
        expect(problems(rule, all, CLOSED)).to.deep.equal([]);
        for (const change of Object.values(fixture.wrong)) problems(rule, resourcesOf(fixture, change), CLOSED);
      }
    });
  });
}

describe("the rules", () => {
  const ids = RULES.flatMap((rule) => [rule.id, ...rule.aliases]);

  it("have every id of the four standards, or say why a stack cannot have it", () => {
    const missing = Object.values(STANDARDS)
      .flat()
      .filter((id) => !ids.includes(id) && !(id in NOT_OF_A_STACK));
    expect(missing).to.deep.equal([]);
    for (const id of Object.keys(NOT_OF_A_STACK)) expect(ids, "a rule that exists needs no excuse").not.to.include(id);
  });

  it("have one fixture each, and no fixture is of no rule", () => {
    expect(Object.keys(FIXTURES).sort()).to.deep.equal(RULES.map(({ id }) => id).sort());
  });

  it("have no id twice", () => {
    const shared = ids.filter((id, index) => ids.indexOf(id) !== index);
    expect(shared).to.deep.equal([]);
  });

  it("know a secret of the graph by the text that stands for it", () => {
    expect(MASKED_TEXT).to.equal(MASKED);
  });
});
