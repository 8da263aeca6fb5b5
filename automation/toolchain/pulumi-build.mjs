// @ts-check
/** Build the Pulumi engine from the module that tools/go.mod names. */
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { lastLines, MissingPrerequisite } from "./messages.mjs";
import { inProject } from "./paths.mjs";
import { capture } from "./process.mjs";
import { step } from "./progress.mjs";
import { atLeast, formatVersion, parseVersion, requiredGo } from "./versions.mjs";

/**
 * @param {string} output the file to write
 * @param {string} version of the engine
 * @returns {string[]} arguments of `go`
 */
export function goBuildArguments(output, version) {
  // Without the version stamped in, the Automation API cannot parse what `pulumi version` prints and refuses it.
  const stamp = `-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${version}`;
  return [
    "build",
    "-trimpath",
    "-buildvcs=false",
    "-mod=readonly",
    "-ldflags",
    `-s -w ${stamp}`,
    "-o",
    output,
    "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
  ];
}

/**
 * @param {string} version engine
 * @param {string} found Go that was found, or empty
 * @param {string} minimum Go that is needed
 * @param {string} reason why the installer was of no use
 */
export function missingGo(version, found, minimum, reason) {
  return new MissingPrerequisite(
    `the Pulumi engine, or Go ${minimum} or newer to build it (${found ? `this is Go ${found}` : "no `go` on PATH"})`,
    `every deployment, local ones too, runs through the engine. Pulumi's installer did not help: ${reason}`,
    `install Pulumi ${version} or newer so that \`pulumi version\` answers, or install Go ${minimum} and start again`,
  );
}

/**
 * Leaves `root/bin/pulumi`.
 * @param {string} root
 * @param {string} version
 * @param {string} reason why the installer was of no use
 * @throws {MissingPrerequisite}
 */
export async function buildEngine(root, version, reason) {
  const tools = inProject("tools");
  const minimum = requiredGo(readFileSync(join(tools, "go.mod"), "utf8"));
  // Asked inside tools/: there a Go that may fetch newer toolchains answers with the one it would build with.
  const go = await capture("go", ["version"], { cwd: tools });
  const found = parseVersion(go.stdout);
  if (!atLeast(found, minimum)) {
    throw missingGo(version, found ? formatVersion(found) : "", formatVersion(minimum), reason);
  }
  mkdirSync(join(root, "bin"), { recursive: true });
  await step(`Pulumi ${version} from tools/go.mod (go build, about 4 min the first time)`, async () => {
    const result = await capture("go", goBuildArguments(join(root, "bin", "pulumi"), version), {
      cwd: tools,
      // Pure Go, as Pulumi's own releases: no C compiler needed. A go.work above the clone must not interfere.
      env: { ...process.env, CGO_ENABLED: "0", GOWORK: "off" },
      timeoutMs: 60 * 60_000,
    });
    if (result.code === 0) return;
    throw new MissingPrerequisite(
      `the Pulumi engine ${version}`,
      "every deployment, local ones too, runs through it; it was being built from tools/go.mod",
      `check that Go modules can be fetched (GOPROXY), or install Pulumi. go build said:\n${lastLines(result.stderr)}`,
    );
  });
}
