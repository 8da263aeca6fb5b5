import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import fc from "fast-check";
import { readFileSync } from "node:fs";
import * as path from "node:path";
import { ConfigError, loadConfig, parseConfig } from "../../../config";
import { CONFIG_KEYS, KEYS } from "../../../config-schema";
import { deploy, valueOf } from "../support/cloud-mocks";
import { parse, problemsOf, REGION } from "../support/config-parsing";

const ROOT = path.resolve(__dirname, "..", "..", "..");
/** The value of a one-line YAML scalar or flow mapping, as this project's files write them. */
function yamlValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Declarations of Pulumi.yaml: two blanks before the key, four before its attributes. */
function declared(): Record<string, Record<string, unknown>> {
  const keys: Record<string, Record<string, unknown>> = {};
  let current: Record<string, unknown> = {};
  const lines =
    readFileSync(path.join(ROOT, "Pulumi.yaml"), "utf8")
      .split(/^config:\n/m)[1]
      ?.split("\n") ?? [];
  for (const line of lines) {
    const key = /^ {2}(\w+):$/.exec(line)?.[1];
    const attribute = /^ {4}(\w+): (.*)$/.exec(line);
    if (key !== undefined) keys[key] = current = {};
    else if (attribute?.[1] !== undefined) current[attribute[1]] = yamlValue(attribute[2] ?? "");
    // What a list holds: texts, of which the schema says more.
    else if (/^ {4}items:$|^ {6}type: string$/.test(line)) continue;
    else expect(line, "a line that this reader does not know").to.match(/^( *#.*)?$/);
  }
  return keys;
}

function stackFile(stack: string): Record<string, string> {
  const lines = readFileSync(path.join(ROOT, `Pulumi.${stack}.yaml`), "utf8").split("\n");
  const pairs = lines.map((line) => /^ {2}([a-z]+:\w+): (.*)$/.exec(line)).filter((match) => match !== null);
  return Object.fromEntries(pairs.map(([, key = "", value = ""]) => [key, value]));
}

describe("configuration: defaults and files", () => {
  it("needs nothing but the region", () => {
    expect(parse({})).to.deep.equal({
      region: "eu-west-1",
      team: "data-platform",
      environment: "dev",
      alertThresholdUsd: 1000,
      currencies: { USD: 1 },
      hotDays: 30,
      warmDays: 90,
      archiveStorageClass: "GLACIER_IR",
      warehouseMode: "none",
      warehouseNodeType: "ra3.xlplus",
      warehouseNodes: 2,
      warehouseBaseRpus: 8,
      warehouseMaxRpus: 64,
      warehouseSnapshotDays: 7,
      warehousePauseSchedule: undefined,
      warehouseResumeSchedule: undefined,
      warehouseIdleMinutes: 0,
      warehouseSpectrumTbPerDay: 2,
      rawRetentionDays: 365,
      resultsExpiryDays: 14,
      deleteData: false,
      allowDelete: false,
      glueVersion: "5.1",
      glueWorkerType: "G.1X",
      glueWorkers: 2,
      glueSchedule: "cron(10 * * * ? *)",
      glueScheduleEnabled: true,
      glueExecutionClass: "STANDARD",
      glueNetwork: "public",
      audit: "off",
      keyPrincipals: [],
      glueTimeoutMinutes: 60,
      athenaScanCutoffGb: 100,
      biScanCutoffGb: 20,
      pagerEndpoint: undefined,
      slackWebhook: undefined,
      alertEmail: undefined,
      dashboardUrl: undefined,
      qualityGatePercent: 90,
      lateEvents: "each-run",
      monthlyBudgetUsd: 500,
      heartbeats: "watermark",
      runbookBaseUrl: undefined,
      biPrincipals: [],
      analystPrincipals: [],
      operatorPrincipals: [],
      privacyPrincipals: [],
      ciProvider: "none",
      ciRepository: undefined,
      ciBranch: "main",
      ciPolicyArns: [],
      permissionsBoundaryArn: undefined,
      lakeFormation: false,
      lakeStack: undefined,
      lakeReaders: [],
      tags: {},
    });
  });

  it("is declared in Pulumi.yaml key by key, with type, description and the same default", () => {
    const declarations = declared();
    expect(Object.keys(declarations)).to.deep.equal(CONFIG_KEYS);
    const defaults = parse({}) as unknown as Record<string, unknown>;
    const types = { string: "string", number: "integer", boolean: "boolean", object: "object" } as Record<
      string,
      string
    >;
    for (const [key, { type, default: given, description }] of Object.entries(declarations)) {
      const value = defaults[key] ?? "";
      expect(given, `default of ${key}`).to.deep.equal(value);
      expect(type, `type of ${key}`).to.equal(Array.isArray(value) ? "array" : types[typeof value]);
      expect(description, `description of ${key}`).to.be.a("string").with.length.greaterThan(10);
    }
  });

  it("accepts Pulumi.dev.yaml, which may be deleted, and Pulumi.prod.yaml, which may not", () => {
    expect(parse(stackFile("dev"))).to.deep.include({ environment: "dev", deleteData: true, allowDelete: true });
    expect(parse(stackFile("prod"))).to.deep.include({
      environment: "prod",
      deleteData: false,
      allowDelete: false,
      lateEvents: "daily",
    });
  });

  it("accepts the example of every key that its own message gives", () => {
    for (const key of CONFIG_KEYS) {
      const example = KEYS[key].example.replace(/^--secret /, "").replace(/^'(.*)'$/, "$1");
      expect(problemsOf({ [key]: example }), key).to.deep.equal([]);
    }
  });
});

describe("configuration: errors", () => {
  it("lists every bad key with value, rule and fix, and shows no stack on `pulumi up`", () => {
    let error: unknown;
    try {
      parseConfig({ "clickstream:team": "", "clickstream:hotDays": "soon", "clickstream:hotDay": "3" });
    } catch (thrown) {
      error = thrown;
    }
    expect(pulumi.RunError.isInstance(error)).to.equal(true);
    expect((error as Error).message).to.equal(
      [
        "4 configuration keys are wrong:",
        '  clickstream:hotDay: "[masked]" is set for a key that does not exist; did you mean "hotDays"?',
        "    fix: pulumi config rm clickstream:hotDay",
        '  clickstream:team: "" must be 1 to 63 letters, digits, spaces, dots, underscores or hyphens',
        "    fix: pulumi config set clickstream:team data-platform",
        '  clickstream:hotDays: "soon" must be a whole number of days from 1 to 365',
        "    fix: pulumi config set clickstream:hotDays 30",
        "  aws:region: it must be the code of an AWS region",
        "    fix: pulumi config set aws:region us-east-1",
      ].join("\n"),
    );
  });

  it("never shows a secret, not even under a misspelt key", () => {
    const secret = "http://hooks.example.com/T0/B0/s3cr3t";
    for (const key of ["slackWebhook", "pagerEndpoint", "slackWebhok", "nonsense"]) {
      expect(JSON.stringify(problemsOf({ [key]: secret })), key)
        .to.contain("[masked]")
        .and.not.contain("s3cr3t");
    }
  });

  it("proposes a near key, or all of them, also for names that objects have anyway", () => {
    expect(problemsOf({ alertTresholdUsd: "1" })[0]?.rule).to.contain('did you mean "alertThresholdUsd"?');
    expect(problemsOf({ zzz: "1" })[0]?.rule).to.contain(`did you mean one of ${CONFIG_KEYS.join(", ")}`);
    for (const key of ["constructor", "toString", "__proto__"]) {
      const raw: Record<string, string> = { ...REGION, [`clickstream:${key}`]: "1" };
      expect(() => parseConfig(raw), key).to.throw(ConfigError, `clickstream:${key}`);
    }
  });

  it("takes a namespace that is nearly its own for a mistake", () => {
    for (const key of ["clickstraem:hotDays", "clikstream:hotDay", "Clickstream:hotDays"]) {
      expect(() => parseConfig({ ...REGION, [key]: "1" }), key).to.throw(
        ConfigError,
        'did you mean "clickstream:hotDays"?',
      );
    }
  });

  it("leaves other namespaces alone", () => {
    expect(parseConfig({ ...REGION, "aws:profile": "x", "other:team": "" }).team).to.equal("data-platform");
  });

  it("throws nothing but ConfigError, whatever the text", () => {
    fc.assert(
      fc.property(fc.constantFrom(...CONFIG_KEYS), fc.oneof(fc.string({ unit: "binary" }), fc.json()), (key, text) => {
        for (const problem of problemsOf({ [key]: text })) {
          expect(problem.key).to.equal(`clickstream:${key}`);
          expect(problem.fix).to.match(/^pulumi config set clickstream:/);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe("configuration: loading", () => {
  it("reads the stack's keys and wraps the secrets", async () => {
    let config: ReturnType<typeof loadConfig> | undefined;
    await deploy(() => (config = loadConfig()), {
      ...REGION,
      "clickstream:slackWebhook": "https://hooks.example.com/1",
      "clickstream:pagerEndpoint": "",
      "clickstream:hotDays": "7",
    });
    expect(config?.hotDays).to.equal(7);
    expect(config?.pagerEndpoint).to.equal(undefined);
    const webhook = config?.slackWebhook as pulumi.Output<string>;
    expect(await pulumi.isSecret(webhook)).to.equal(true);
    expect(await valueOf(webhook)).to.equal("https://hooks.example.com/1");
  });
});
