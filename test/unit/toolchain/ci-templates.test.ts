import { execFile } from "node:child_process";
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { validateWorkflow } from "@action-validator/core";
import { expect } from "chai";
import { parse } from "yaml";
import { commandLine } from "../../../automation/program";
import { PROJECT_ROOT } from "../../../automation/stack/workspace";

const run = promisify(execFile);
const CI = path.join(PROJECT_ROOT, "ci");
const WORKFLOWS = readdirSync(path.join(CI, "github")).sort();
const SCRIPTS = readdirSync(CI).filter((name) => name.endsWith(".sh"));

interface Step {
  uses?: string;
  run?: string;
  with?: Record<string, unknown>;
}
interface Workflow {
  on: Record<string, unknown>;
  permissions: unknown;
  jobs: Record<
    string,
    { steps: Step[]; environment?: string; permissions?: Record<string, string>; "timeout-minutes"?: number }
  >;
}

const textOf = (file: string): string => readFileSync(path.join(CI, "github", file), "utf8");
const workflowOf = (file: string): Workflow => parse(textOf(file)) as Workflow;
const stepsOf = (file: string): Step[] => Object.values(workflowOf(file).jobs).flatMap(({ steps }) => steps);

describe("templates for GitHub Actions", () => {
  it("are preview, integration test, nightly faults, sweep and deployment", () => {
    expect(WORKFLOWS).to.deep.equal(["deploy.yml", "integration.yml", "nightly.yml", "preview.yml", "sweep.yml"]);
  });

  it("are held against a schema that finds mistakes", () => {
    for (const [right, wrong] of [
      ["runs-on:", "run-on:"],
      ["timeout-minutes: 60", "timeout-minutes: soon"],
      ["id-token: write", "id-token: all"],
    ] as const) {
      const broken = textOf("sweep.yml").replace(right, wrong);
      expect(broken).to.not.equal(textOf("sweep.yml"));
      expect(validateWorkflow(broken).errors, wrong).to.not.deep.equal([]);
    }
  });

  for (const file of WORKFLOWS) {
    it(`${file} is sound, pins each action by its commit, and has no right that it does not name`, () => {
      expect(validateWorkflow(textOf(file)).errors).to.deep.equal([]);
      const { permissions, jobs } = workflowOf(file);
      expect(permissions).to.deep.equal({});
      for (const job of Object.values(jobs)) {
        expect(job["timeout-minutes"]).to.be.a("number");
        expect(job.permissions?.["contents"]).to.equal("read");
      }
      const actions = stepsOf(file).flatMap(({ uses }) => uses ?? []);
      expect(actions.length).to.be.greaterThan(1);
      for (const action of actions) expect(action).to.match(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
      const named = textOf(file).match(/uses: .*/g) ?? [];
      for (const use of named) expect(use, "says its version").to.match(/ # v\d+\.\d+\.\d+$/);
      const checkouts = stepsOf(file).filter(({ uses }) => uses?.startsWith("actions/checkout@") === true);
      for (const checkout of checkouts) expect(checkout.with?.["persist-credentials"]).to.equal(false);
    });

    it(`${file} puts nothing that others write into a script`, () => {
      for (const { run: script } of stepsOf(file)) expect(script ?? "").to.not.contain("${{");
    });
  }

  it("let only the environment with reviewers deploy, and only by OpenID Connect", () => {
    const { jobs } = workflowOf("deploy.yml");
    const deploying = Object.values(jobs).filter(({ steps }) =>
      steps.some((step) => step.run?.includes("cli -- up") === true),
    );
    expect(deploying.map(({ environment }) => environment)).to.deep.equal(["production"]);
    for (const file of WORKFLOWS) expect(textOf(file)).to.not.match(/AWS_(ACCESS_KEY_ID|SECRET_ACCESS_KEY)/);
    expect(Object.keys(workflowOf("preview.yml").on)).to.deep.equal(["pull_request"]);
  });
});

describe("the template for GitLab CI", () => {
  let folder: string;
  const file = path.join(CI, "gitlab", ".gitlab-ci.yml");
  before(async function () {
    this.timeout(60_000);
    folder = mkdtempSync(path.join(tmpdir(), "clickstream-gitlab-"));
    copyFileSync(file, path.join(folder, ".gitlab-ci.yml"));
    const git = (...args: string[]): Promise<unknown> => run("git", ["-C", folder, ...args]);
    await git("init", "-q", "-b", "main");
    await git("remote", "add", "origin", "git@gitlab.com:group/project.git");
    const author = ["-c", "user.name=t", "-c", "user.email=t@example.com"];
    await git("add", ".");
    await git(...author, "commit", "-qm", "x");
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const validate = async (): Promise<{ stdout: string }> => {
    const program = path.join(PROJECT_ROOT, "node_modules", "gitlab-ci-local", "dist", "index.js");
    return run(process.execPath, [program, "--list-json"], { cwd: folder, env: { ...process.env, CI: "" } });
  };

  it("is valid by GitLab's schema, with its references and needs resolved", async function () {
    this.timeout(60_000);
    const jobs = JSON.parse((await validate()).stdout) as { name: string; stage: string; when: string }[];
    const stages = Object.fromEntries(jobs.map(({ name, stage }) => [name, stage]));
    expect(stages).to.include({ test: "test" });
    const all = parse(readFileSync(file, "utf8"), { logLevel: "error" }) as Record<
      string,
      { stage?: string; rules?: { when?: string }[]; environment?: { name: string } }
    >;
    expect(["test", "nightly", "preview", "deploy", "sweep"].map((name) => all[name]?.stage)).to.deep.equal([
      "test",
      "test",
      "preview",
      "deploy",
      "sweep",
    ]);
    expect(all["deploy"]?.rules?.map(({ when }) => when)).to.deep.equal(["manual"]);
    expect(all["deploy"]?.environment?.name).to.equal("production");
  });

  it("would be refused with a mistake", async function () {
    this.timeout(60_000);
    writeFileSync(
      path.join(folder, ".gitlab-ci.yml"),
      readFileSync(file, "utf8").replace("resource_group: sweep", "resource_grup: sweep"),
    );
    const error = await validate().then(
      () => "none",
      (caught: unknown) => String((caught as { stderr?: string }).stderr),
    );
    expect(error).to.not.equal("none");
    expect(error).to.contain("resource_grup");
  });
});

describe("commands and scripts of the templates", () => {
  const texts = [
    ...WORKFLOWS.map(textOf),
    readFileSync(path.join(CI, "gitlab", ".gitlab-ci.yml"), "utf8"),
    ...SCRIPTS.map((name) => readFileSync(path.join(CI, name), "utf8")),
  ];

  it("are commands that there are, with options that they have", () => {
    const program = commandLine();
    const calls = texts.flatMap((text) => [
      ...text.matchAll(/(?:cli -- |^cli |"[^"]+" (?=policy|preview)|automation\/cli\.ts )([a-z][a-z-]*)([^\n|>]*)/gm),
    ]);
    expect(calls.length).to.be.greaterThan(8);
    for (const [, name, rest = ""] of calls) {
      const command = program.commands.find((one) => one.name() === name);
      expect(command, name).to.not.equal(undefined);
      for (const [option] of rest.matchAll(/--[a-z][a-z-]+/g)) {
        expect(
          command?.options.map(({ long }) => long),
          `${String(name)} ${option}`,
        ).to.include(option);
      }
    }
  });

  for (const name of SCRIPTS) {
    it(`${name} can be run and is sound shell`, async () => {
      expect(statSync(path.join(CI, name)).mode & 0o111).to.equal(0o111);
      await run("sh", ["-n", path.join(CI, name)]);
    });
  }
});
