/** Assets and archives as the engine hands them over, read and packed so that equal content gives equal bytes. */
import { readFile, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { unzipSync, type Zippable, zipSync } from "fflate";
import { isRecord } from "./mapping";

/** Earliest time a zip can hold: an archive must not differ by when it was packed. */
const EPOCH = new Date(1980, 0, 1);

type Files = Record<string, Uint8Array>;

async function filesUnder(path: string, prefix: string): Promise<Files> {
  if (!(await stat(path)).isDirectory()) return { [prefix]: await readFile(path) };
  const files: Files = {};
  for (const entry of await readdir(path)) {
    Object.assign(files, await filesUnder(join(path, entry), prefix === "" ? entry : `${prefix}/${entry}`));
  }
  return files;
}

async function filesOf(value: unknown, prefix: string): Promise<Files> {
  if (isRecord(value) && typeof value["text"] === "string") return { [prefix]: Buffer.from(value["text"]) };
  if (isRecord(value) && isRecord(value["assets"])) {
    const files: Files = {};
    for (const [name, asset] of Object.entries(value["assets"])) {
      Object.assign(files, await filesOf(asset, prefix === "" ? name : `${prefix}/${name}`));
    }
    return files;
  }
  if (isRecord(value) && typeof value["path"] === "string") {
    const { path } = value;
    if (!isArchive(value) || (await stat(path)).isDirectory()) return filesUnder(path, prefix);
    if (!/\.(zip|jar)$/.test(path))
      throw new Error(`archive "${path}" is neither a folder nor a zip file; pack it as one`);
    const entries = Object.entries(unzipSync(await readFile(path))).filter(([name]) => !name.endsWith("/"));
    return Object.fromEntries(entries.map(([name, data]) => [prefix === "" ? name : `${prefix}/${name}`, data]));
  }
  const kinds = isRecord(value) ? Object.keys(value).join(", ") : typeof value;
  throw new Error(
    `an asset must be a file, a text or an archive of those, not ${kinds}; remote assets are not fetched here`,
  );
}

/** The engine's mark of an archive; an asset has another. */
const isArchive = (value: Record<string, unknown>): boolean =>
  value["4dabf18193072939515e22adb298388d"] === "0def7320c3a5731c473e5ecbe6d01bc7";

/** Packs an archive: sorted names, fixed times, readable by everybody (Lambda runs as another user). */
export async function readArchive(archive: unknown): Promise<Uint8Array> {
  const files = await filesOf(archive, "");
  const names = Object.keys(files).sort();
  const zippable: Zippable = {};
  for (const name of names) zippable[name] = [files[name] as Uint8Array, { mtime: EPOCH, os: 3, attrs: 0o644 << 16 }];
  return zipSync(zippable, { level: 9 });
}

/** The bytes of an object: its content as text, or its source, an archive being packed. */
export async function readAsset(source: unknown, content: unknown): Promise<Uint8Array> {
  if (typeof content === "string") return Buffer.from(content);
  if (source === undefined) return new Uint8Array();
  if (isRecord(source) && isArchive(source)) return readArchive(source);
  return Object.values(await filesOf(source, "object"))[0] as Uint8Array;
}
