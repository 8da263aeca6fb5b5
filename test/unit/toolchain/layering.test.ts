import { expect } from "chai";
import { ESLint } from "eslint";
import { existsSync } from "node:fs";
import { join } from "node:path";

const root = join(__dirname, "../../..");
const LAYERING = ["boundaries/dependencies", "no-restricted-imports", "no-restricted-syntax"];

/** Imports of a layer that has not one of these files prove nothing: the rule looks at files that exist. */
const COMPONENT = "components/types.ts";
const HANDLER = "handlers/log.ts";
const AUTOMATION = "automation/errors.ts";
const PROVIDER = "local-cloud/provider/provider.ts";

describe("lint: layers of the project", function () {
  this.timeout(60_000);
  const eslint = new ESLint({
    cwd: root,
    // These rules need no types, and starting the type checker costs half a minute.
    overrideConfig: { languageOptions: { parserOptions: { projectService: false } } },
    ruleFilter: ({ ruleId }) => LAYERING.includes(ruleId),
  });

  /** Rules that fire when the text stands in that file. */
  async function broken(file: string, text: string): Promise<string[]> {
    const [result] = await eslint.lintText(text, { filePath: join(root, file) });
    return (result?.messages ?? []).map((message) => message.ruleId ?? message.message);
  }

  it("looks at files that exist", () => {
    for (const file of [COMPONENT, HANDLER, AUTOMATION, PROVIDER, "index.ts", "config.ts", "config-schema.ts"]) {
      expect(existsSync(join(root, file)), file).to.equal(true);
    }
  });

  const refused: [file: string, text: string][] = [
    [COMPONENT, 'import "../automation/errors";'],
    [COMPONENT, 'export * from "../automation/errors";'],
    [COMPONENT, 'void import("../automation/errors");'],
    [COMPONENT, 'import type { Provider } from "../local-cloud/provider/provider";'],
    [COMPONENT, 'import "../test/unit/toolchain/layering.test";'],
    [COMPONENT, 'import "../config";'],
    [COMPONENT, 'import "../config-schema";'],
    [COMPONENT, 'import "../index";'],
    [HANDLER, 'import "../components/types";'],
    [HANDLER, 'import "../config";'],
    [HANDLER, 'import "../automation/errors";'],
    ["config.ts", 'import "./handlers/log";'],
    ["config.ts", 'import "./index";'],
    ["config.ts", 'import "./automation/errors";'],
    ["index.ts", 'import "./automation/errors";'],
    ["index.ts", 'import "./local-cloud/provider/provider";'],
    [PROVIDER, 'import "../../components/types";'],
    [PROVIDER, 'import "../../config";'],
    [AUTOMATION, 'import "../test/unit/toolchain/layering.test";'],
  ];
  for (const [file, text] of refused) {
    it(`refuses ${text} in ${file}`, async () => {
      expect(await broken(file, text)).to.deep.equal(["boundaries/dependencies"]);
    });
  }

  it("keeps Pulumi out of handlers, types and subpaths too", async () => {
    for (const text of ['import "@pulumi/aws";', 'import type { Output } from "@pulumi/pulumi/output";']) {
      expect(await broken(HANDLER, text), text).to.deep.equal(["no-restricted-imports"]);
    }
  });

  it("keeps configuration, environment and stack name out of components", async () => {
    for (const text of ["new pulumi.Config();", "new Config();", "void process.env.HOME;", "pulumi.getStack();"]) {
      expect(await broken(COMPONENT, text), text).to.deep.equal(["no-restricted-syntax"]);
    }
    expect(await broken("index.ts", "void process.env.HOME;")).to.deep.equal(["no-restricted-syntax"]);
  });

  const allowed: [file: string, text: string][] = [
    [COMPONENT, 'import "../handlers/log"; import "./naming"; import "@pulumi/aws"; import "node:fs"; import "zod";'],
    ["config.ts", 'import "./components/types"; import "./config-schema"; new pulumi.Config(); void process.env.HOME;'],
    ["index.ts", 'import "./config"; import "./components/types"; pulumi.getStack();'],
    [HANDLER, 'import "./settings"; import "node:crypto"; void process.env.TABLE;'],
    [AUTOMATION, 'import "../index"; import "../config"; import "../local-cloud/emulator/local-cloud";'],
    [
      "test/unit/toolchain/layering.test.ts",
      'import "../../../index"; import "../../../components/types"; import "../../../automation/errors";',
    ],
  ];
  for (const [file, text] of allowed) {
    it(`allows ${text} in ${file}`, async () => {
      expect(await broken(file, text)).to.deep.equal([]);
    });
  }
});
