import { expect } from "chai";
import type { ResourceNode } from "../../../automation/graph/resource-graph";
import { KEY_USERS } from "../../../components/key-users";
import { matches, statementsOf, type Statement } from "../../../policy/statements";
import { MODES, resourcesOfMode, resourcesOfReader, type Mode } from "./stacks";

const READING = "kms:Decrypt";
const WRITING = "kms:GenerateDataKey";
/** A role that no committed config has: the pausing of an idle cluster. */
const ELSEWHERE = ["warehouse-pause"];
/** What keys allow and roles do not ask for where Lake Formation reads gold in their place. */
const GOVERNED = ["id-bi", "id-analyst"];

/** What one role may do with one key, as `role key read|write`. */
type Use = string;

const ofType = (nodes: readonly ResourceNode[], type: string): readonly ResourceNode[] =>
  nodes.filter((node) => node.type === type);
const allows = (one: Statement, action: string): boolean =>
  one.allows && one.actions.some((pattern) => matches(pattern, action));
const level = (one: Statement): string | undefined =>
  allows(one, WRITING) ? "write" : allows(one, READING) ? "read" : undefined;

function statementsAt(node: ResourceNode): Statement[] {
  return statementsOf(node.inputs["policy"]) ?? expect.fail(`${node.name} has no policy`);
}

/** Uses that the roles' own policies allow. */
function byIdentities(nodes: readonly ResourceNode[]): Set<Use> {
  const keys = new Map(ofType(nodes, "aws:kms/key:Key").map((key) => [key.outputs["arn"], key.name]));
  const roles = new Map(ofType(nodes, "aws:iam/role:Role").map((role) => [role.outputs["name"], role.name]));
  const uses = new Set<Use>();
  for (const policy of ofType(nodes, "aws:iam/rolePolicy:RolePolicy")) {
    for (const one of statementsAt(policy)) {
      for (const resource of one.resources) {
        const key = keys.get(resource);
        const what = level(one);
        if (key !== undefined && what !== undefined) {
          uses.add(`${roles.get(policy.inputs["role"]) ?? ""} ${key} ${what}`);
        }
      }
    }
  }
  return uses;
}

/** Uses that the keys' policies allow to roles by name. */
function byKeys(nodes: readonly ResourceNode[]): Set<Use> {
  const uses = new Set<Use>();
  for (const key of ofType(nodes, "aws:kms/key:Key")) {
    for (const one of statementsAt(key).filter(({ sid }) => sid.startsWith("RolesThat"))) {
      for (const arn of one.conditions["ArnLike"]?.["aws:principalarn"] ?? []) {
        uses.add(`${arn.replace(/^.*:role\//, "").replace(/-\?{7}$/, "")} ${key.name} ${level(one) ?? ""}`);
      }
    }
  }
  return uses;
}

/** A role that writes by one of several statements also reads by another. */
function strongest(uses: ReadonlySet<Use>): Use[] {
  return [...uses].filter((use) => !use.endsWith(" read") || !uses.has(use.replace(/read$/, "write"))).sort();
}

describe("who works with which key", function () {
  // Dry runs of the whole program, shared with the tests of the policy.
  this.timeout(480_000);
  const stacks = {} as Record<Mode, readonly ResourceNode[]>;
  before(async () => {
    for (const mode of MODES) stacks[mode] = await resourcesOfMode(mode);
  });

  for (const mode of MODES) {
    it(`is the same by the keys' policies and by the roles' in ${mode}`, () => {
      const nodes = stacks[mode];
      const present = new Set(ofType(nodes, "aws:iam/role:Role").map(({ name }) => name));
      const [byRole, byKey] = [strongest(byIdentities(nodes)), strongest(byKeys(nodes))];
      expect(byRole.length).to.be.greaterThan(20);
      expect(
        byRole.filter((use) => !byKey.includes(use)),
        "a role asks for a key that does not know it",
      ).to.be.empty;
      const governed = [...present].some((name) => name.endsWith("-lf-location"));
      const idle = byKey
        .filter((use) => present.has(use.split(" ")[0] ?? "") && !byRole.includes(use))
        .filter(
          (use) => !(governed && GOVERNED.some((role) => use.includes(`-${role} `) && use.includes("-gold-key "))),
        );
      expect(idle, "a key knows a role that does not ask for it").to.be.empty;
    });
  }

  it("is the same in a stack that reads another's lake, for the keys that are its own", async () => {
    const nodes = await resourcesOfReader();
    const present = new Set(ofType(nodes, "aws:iam/role:Role").map(({ name }) => name));
    const [byRole, byKey] = [strongest(byIdentities(nodes)), strongest(byKeys(nodes))];
    expect(byRole.length).to.be.greaterThan(5);
    expect(byRole.filter((use) => !byKey.includes(use))).to.be.empty;
    expect(byKey.filter((use) => present.has(use.split(" ")[0] ?? "") && !byRole.includes(use))).to.be.empty;
  });

  it("names no role that the program never makes", () => {
    const made = new Set(MODES.flatMap((mode) => ofType(stacks[mode], "aws:iam/role:Role").map(({ name }) => name)));
    const named = new Set(Object.values(KEY_USERS).flatMap(({ readers, writers }) => [...readers, ...writers]));
    const unknown = [...named].filter(
      (role) => !ELSEWHERE.includes(role) && ![...made].some((name) => name.endsWith(`-${role}`)),
    );
    expect(unknown).to.deep.equal([]);
  });

  it("lets a service write a log group only with a key that knows CloudWatch Logs", () => {
    for (const mode of MODES) {
      const keys = new Map(ofType(stacks[mode], "aws:kms/key:Key").map((key) => [key.outputs["arn"], key]));
      const logged = [
        ...ofType(stacks[mode], "aws:cloudwatch/logGroup:LogGroup").map(({ inputs }) => inputs["kmsKeyId"]),
        ...ofType(stacks[mode], "aws:glue/securityConfiguration:SecurityConfiguration").map(({ inputs }) => {
          const { cloudwatchEncryption } = inputs["encryptionConfiguration"] as Record<string, Record<string, unknown>>;
          return cloudwatchEncryption?.["kmsKeyArn"];
        }),
      ];
      expect(logged.length).to.be.greaterThan(5);
      for (const arn of logged) {
        const key = keys.get(arn) ?? expect.fail(`a log group of ${mode} has no key of the stack: ${String(arn)}`);
        const services = statementsAt(key).flatMap((one) => one.services);
        expect(
          services.some((service) => service.startsWith("logs.")),
          key.name,
        ).to.equal(true);
      }
    }
  });
});
