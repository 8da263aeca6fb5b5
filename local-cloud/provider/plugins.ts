/** Builds the provider plugins once per content and tells the engine's project settings where they are. */
import { build, type Plugin } from "esbuild";
import { createHash, randomUUID } from "node:crypto";
import { chmod, mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { AWS_VERSION, AWSX_VERSION } from "./versions";

/** An entry of `plugins.providers` in a workspace's project settings. */
export interface PulumiPluginEntry {
  readonly name: string;
  readonly path: string;
  readonly version: string;
}

const ENTRIES = [
  { name: "aws", entry: "main.ts", version: AWS_VERSION },
  { name: "awsx", entry: "main-awsx.ts", version: AWSX_VERSION },
] as const;

async function sources(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** Hash of everything the bundle is made of: these sources, the locked dependencies, this Node. */
async function contentKey(): Promise<string> {
  const hash = createHash("sha256").update(process.version);
  const lock = join(__dirname, "..", "..", "package-lock.json");
  for (const file of [...(await sources(__dirname)), ...(existsSync(lock) ? [lock] : [])])
    hash.update(await readFile(file));
  return hash.digest("hex").slice(0, 16);
}

/**
 * Ensures a built plugin folder in the user's cache and returns the entries for `plugins.providers`. A bundle starts
 * in a third of the time that the sources need; it is keyed by content, built aside and moved into place, so that any
 * number of clones and runs share it.
 */
export async function preparePlugins(): Promise<PulumiPluginEntry[]> {
  const cache = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "clickstream-pipeline", "provider");
  const folder = join(cache, await contentKey());
  if (!existsSync(folder)) {
    const building = join(cache, `building-${randomUUID()}`);
    await mkdir(building, { recursive: true });
    try {
      await bundle(building);
      await rename(building, folder);
    } catch (error) {
      // Another run may have moved its equal bundle here first.
      if (!existsSync(folder)) throw error;
    } finally {
      await rm(building, { recursive: true, force: true });
    }
  }
  return ENTRIES.map(({ name, version }) => ({ name, version, path: folder }));
}

/** The SDK's serializer of closures asks for TypeScript as soon as it is loaded; a provider serializes none. */
const withoutTypeScript: Plugin = {
  name: "without-typescript",
  setup: (bundler) => bundler.onLoad({ filter: /typescript-shim\.js$/ }, () => ({ contents: "module.exports = {};" })),
};

async function bundle(folder: string): Promise<void> {
  await build({
    entryPoints: ENTRIES.map(({ entry }) => join(__dirname, entry)),
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    format: "esm",
    // One chunk per SDK client, loaded when its service is first called.
    splitting: true,
    minifySyntax: true,
    minifyWhitespace: true,
    target: "node20",
    logLevel: "error",
    plugins: [withoutTypeScript],
    external: ["typescript", "ts-node"],
    banner: {
      js: 'import{createRequire as __cr}from"node:module";import{fileURLToPath as __fu}from"node:url";import{dirname as __dn}from"node:path";const require=__cr(import.meta.url),__filename=__fu(import.meta.url),__dirname=__dn(__filename);',
    },
  });
  for (const { name, entry } of ENTRIES) {
    const script = join(folder, `pulumi-resource-${name}`);
    const module = entry.replace(/\.ts$/, ".mjs");
    await writeFile(script, `#!/bin/sh\nexec "${process.execPath}" "\${0%/*}/${module}" "$@"\n`);
    await chmod(script, 0o755);
  }
}
