import { mkdtemp, mkdir, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import * as pulumi from "@pulumi/pulumi";
import { LocalWorkspace, PulumiCommand, Stack } from "@pulumi/pulumi/automation";
import { expect } from "chai";
import { messageOf } from "../../../automation/errors";
import { PROJECT_ROOT } from "../../../automation/stack/workspace";

const ENGINE = process.env["CLICKSTREAM_PULUMI_ROOT"];

/** Looks like a resource of AWS to the engine and to the pack, and needs no provider. */
class Stand extends pulumi.ComponentResource {
  constructor(type: string, name: string, properties: Readonly<Record<string, unknown>>) {
    super(type, name);
    this.registerOutputs({ ...properties });
  }
}

const BUS = "aws:cloudwatch/eventBus:EventBus";
const BUS_POLICY = "aws:cloudwatch/eventBusPolicy:EventBusPolicy";

describe("pulumi preview --policy-pack policy", function () {
  // The engine starts the pack's host, which compiles the pack.
  this.timeout(180_000);
  let folder: string;

  before(async function () {
    if (ENGINE === undefined) {
      // Suites that need no engine do not get one; `npm test` has it.
      if (this.test !== undefined) this.test.title += " (skipped: this run has no Pulumi engine)";
      this.skip();
    }
    folder = await mkdtemp(path.join(os.tmpdir(), "clickstream-policy-"));
    await mkdir(path.join(folder, "state"));
    await mkdir(path.join(folder, "bin"));
    // Pulumi's own Node language host starts packs; where only the engine was built, this does, as old hosts did.
    const host = require.resolve("@pulumi/pulumi/cmd/run-policy-pack");
    const shim = `#!/bin/sh\nexec "${process.execPath}" "${host}" "$@"\n`;
    await writeFile(path.join(folder, "bin", "pulumi-analyzer-policy-nodejs"), shim, { mode: 0o755 });
  });
  after(async () => {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });

  /** Previews a program with the pack, and says what the engine said. */
  async function preview(name: string, program: () => void): Promise<string> {
    const workspace = await LocalWorkspace.create({
      workDir: folder,
      program: async () => program(),
      projectSettings: {
        name: "clickstream",
        runtime: "nodejs",
        backend: { url: pathToFileURL(path.join(folder, "state")).href },
      },
      pulumiCommand: await PulumiCommand.get(ENGINE === undefined ? {} : { root: ENGINE }),
      envVars: {
        PATH: `${path.join(folder, "bin")}${path.delimiter}${process.env["PATH"] ?? ""}`,
        PULUMI_CONFIG_PASSPHRASE: "of a stack that holds nothing",
        PULUMI_SKIP_UPDATE_CHECK: "true",
      },
    });
    const stack = await Stack.createOrSelect(name, workspace);
    const pack = path.join(PROJECT_ROOT, "policy");
    return stack.preview({ policyPacks: [pack], color: "never" }).then(({ stdout }) => stdout, messageOf);
  }

  it("refuses a stack that breaks a mandatory rule, and passes one that breaks none", async () => {
    const refused = await preview("open", () => new Stand(BUS, "orders", { name: "orders-1" }));
    expect(refused)
      .to.match(/\[mandatory\].*EventBridge\.3/)
      .and.contain("it has no policy of its own");
    expect(refused).to.contain("Remedy: Give the bus an EventBusPolicy.");
    const passed = await preview("closed", () => {
      new Stand(BUS, "orders", { name: "orders-1" });
      new Stand(BUS_POLICY, "orders", { eventBusName: "orders-1" });
    });
    expect(passed).to.contain("clickstream-security").and.not.contain("[mandatory]");
  });
});
