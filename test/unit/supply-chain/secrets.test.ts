import { execFile } from "node:child_process";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { PROJECT_ROOT, type Run } from "../../../automation/supply-chain/findings";
import { leaksIn, stagedFiles, trackedFiles } from "../../../automation/supply-chain/secrets";

const execute = promisify(execFile);
const run: Run = async (command, args, cwd) => ({ code: 0, ...(await execute(command, [...args], { cwd })) });

/** Made here, because a file that held them would be refused itself. */
const letters = (count: number): string =>
  randomBytes(count * 2)
    .toString("base64")
    .replace(/[^A-Z0-9a-z]/g, "")
    .slice(0, count);
const PLANTED: Readonly<Record<string, () => string>> = {
  "an access key of AWS": () => `AKIA${randomBytes(20).toString("hex").toUpperCase().slice(0, 16)}`,
  "a secret key of AWS": () => `aws_secret_access_key = ${letters(40)}`,
  "a token of GitHub": () => `ghp_${letters(36)}`,
  "a webhook of Slack": () =>
    ["https://hooks.slack.com/services", `T${letters(8)}`, `B${letters(8)}`, letters(24)].join("/"),
  "a private key": () =>
    generateKeyPairSync("ec", { namedCurve: "prime256v1" })
      .privateKey.export({ type: "pkcs8", format: "pem" })
      .toString(),
  "a password in a URL": () => `postgres://admin:${letters(20)}@db.example.com:5432/shop`,
};

describe("supply chain: secrets", function () {
  this.timeout(30_000);
  for (const [what, secret] of Object.entries(PLANTED)) {
    it(`finds ${what}, says where, and does not repeat it`, async () => {
      const planted = secret();
      const leaks = await leaksIn([{ file: "src/a.ts", text: `const a = 1;\nconst b = 2;\n${planted}\n` }]);
      expect(leaks.map(({ file, line }) => [file, line])).to.deep.include(["src/a.ts", 3]);
      expect(JSON.stringify(leaks)).not.to.contain(planted.trim().slice(-16));
    });
  }

  it("finds none in code about secrets, and passes over what is no text", async () => {
    const text = 'slackWebhook: config.slackWebhook,\nexample: "https://hooks.example.com/services/…",\n';
    const binary = `${PLANTED["an access key of AWS"]?.() ?? ""}\0`;
    expect(
      await leaksIn([
        { file: "a.ts", text },
        { file: "a.bin", text: binary },
      ]),
    ).to.deep.equal([]);
  });

  it("looks at the next commit as it will be, not at the folder", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "clickstream-hook-"));
    try {
      const git = (...args: string[]) => run("git", args, folder);
      await git("init", "--quiet");
      const secret = PLANTED["an access key of AWS"]?.() ?? "";
      await writeFile(path.join(folder, "staged.env"), `KEY=${secret}\n`);
      await git("add", "staged.env");
      // Taken out of the folder only: the commit would still hold it.
      await writeFile(path.join(folder, "staged.env"), "KEY=\n");
      await writeFile(path.join(folder, "loose.env"), `KEY=${secret}\n`);
      const staged = await stagedFiles(run, folder);
      expect(staged).to.deep.equal([{ file: "staged.env", text: `KEY=${secret}\n` }]);
      expect(await leaksIn(staged)).to.have.length(1);
      expect(await leaksIn(await trackedFiles(run, folder))).to.deep.equal([]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it("is what the hook asks before each commit", async () => {
    const hook = await readFile(path.join(PROJECT_ROOT, ".githooks", "pre-commit"), "utf8");
    expect(hook).to.contain("npm run --silent secrets -- --staged");
  });
});
