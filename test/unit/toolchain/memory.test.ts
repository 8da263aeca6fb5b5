import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { fingerprintOf, recall, remember, REMEMBERED_MS, stillHolds } from "../../../automation/toolchain/memory.mjs";
import { SUITES } from "../../../automation/toolchain/suites.mjs";

const SUITE = { args: ["run"], reads: [".", ":(exclude)docs", ":(exclude)*.md"] };
/** How git's pathspecs leave a path out. */
const EXCLUDED = ":(exclude)";
const PASS = { of: "abc", at: 1_000_000, passed: 12, lines: ["12 passing (3s)"] };

describe("what passed before", () => {
  let root: string;

  const write = (name: string, text: string): void => {
    mkdirSync(join(root, name, ".."), { recursive: true });
    writeFileSync(join(root, name), text);
  };

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "memory-"));
    execFileSync("git", ["init", "-q"], { cwd: root });
    write(".gitignore", "build/\n");
    write("code.ts", "1");
    write("docs/page.txt", "1");
    execFileSync("git", ["add", "."], { cwd: root });
  });

  afterEach(() => {
    rmSync(root, { recursive: true, force: true });
  });

  const changes: [what: string, change: () => void][] = [
    ["a changed file", () => write("code.ts", "2")],
    ["a new file that nobody has added", () => write("deep/new.ts", "1")],
    ["a deleted file", () => rmSync(join(root, "code.ts"))],
    [
      "a renamed file",
      () => {
        rmSync(join(root, "code.ts"));
        write("other.ts", "1");
      },
    ],
  ];
  for (const [what, change] of changes)
    it(`is another by ${what}`, async () => {
      const before = await fingerprintOf(SUITE, root);
      change();
      expect(await fingerprintOf(SUITE, root))
        .to.be.a("string")
        .and.not.equal(before);
    });

  it("is the same by what the suite does not read, or git ignores", async () => {
    const before = await fingerprintOf(SUITE, root);
    write("docs/page.txt", "2");
    write("deep/notes.md", "2");
    write("build/out.ts", "2");
    expect(await fingerprintOf(SUITE, root)).to.equal(before);
  });

  it("is another by the suite's own arguments", async () => {
    const before = await fingerprintOf(SUITE, root);
    expect(await fingerprintOf({ ...SUITE, args: ["run", "more"] }, root)).not.to.equal(before);
  });

  it("is another by a setting in the environment, the same by anything else there", async () => {
    const before = await fingerprintOf(SUITE, root);
    try {
      process.env["SOMETHING_ELSE"] = "5";
      expect(await fingerprintOf(SUITE, root)).to.equal(before);
      process.env["FAULT_RUNS"] = "5";
      expect(await fingerprintOf(SUITE, root)).not.to.equal(before);
    } finally {
      delete process.env["SOMETHING_ELSE"];
      delete process.env["FAULT_RUNS"];
    }
  });

  it("is nothing outside a git checkout", async () => {
    rmSync(join(root, ".git"), { recursive: true });
    expect(await fingerprintOf(SUITE, root)).to.equal(undefined);
  });

  it("holds for the same files, for a day, and not before it was", () => {
    expect(stillHolds("abc", PASS, PASS.at + REMEMBERED_MS - 1)).to.equal(true);
    expect(stillHolds("abc", PASS, PASS.at + REMEMBERED_MS)).to.equal(false);
    expect(stillHolds("abc", PASS, PASS.at - 1)).to.equal(false);
    expect(stillHolds("abd", PASS, PASS.at + 1)).to.equal(false);
    expect(stillHolds("abc", undefined, PASS.at + 1)).to.equal(false);
  });

  it("is kept by suite, and forgotten when its file is broken", () => {
    const folder = join(root, "passed");
    remember("jobs gold", PASS, folder);
    expect(recall("jobs gold", folder)).to.deep.equal(PASS);
    expect(recall("jobs silver", folder)).to.equal(undefined);
    writeFileSync(join(folder, "jobs-gold.json"), '{"of":');
    expect(recall("jobs gold", folder)).to.equal(undefined);
  });

  it("depends on every file that a test of stacks imports", () => {
    const folder = "test/integration";
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
    const imported = files.flatMap((name) => {
      const file = join(folder, name);
      const found = readFileSync(file, "utf8").matchAll(/(?:from|import\() ?"(\.[^"]+)"/g);
      return [...found].map(([, target = ""]) => join(dirname(file), target));
    });
    const stacks = SUITES.filter(({ group }) => group === "integration");
    const unread = stacks.flatMap(({ reads = [] }) =>
      reads.filter((spec) => spec.startsWith(EXCLUDED)).map((spec) => `${spec.slice(EXCLUDED.length)}/`),
    );
    expect(imported).not.to.be.empty;
    expect(imported.filter((target) => unread.some((path) => target.startsWith(path)))).to.deep.equal([]);
  });

  it("depends on files that exist", () => {
    const paths = SUITES.flatMap(({ reads = [] }) => reads).map((spec) => spec.replace(EXCLUDED, ""));
    expect(paths).not.to.be.empty;
    const missing = paths.filter((path) => !path.includes("*") && !existsSync(path));
    expect(missing).to.deep.equal([]);
  });
});
