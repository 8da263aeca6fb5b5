import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { UserError, messageOf } from "../errors";

const HEAD_BYTES = 4096;

/**
 * Opens a text file, plain or gzip (told by its first bytes, not by its name), after the checks that a person can act
 * on: it exists, is a file, is not empty, and is text.
 *
 * @throws UserError naming the file, the broken rule and the next action.
 */
export async function openTextFile(file: string): Promise<Readable> {
  const found = await stat(file).catch((error: unknown) => {
    throw new UserError(`${file} cannot be read: ${messageOf(error)}`, "Check the path given to --input.");
  });
  if (found.isDirectory()) {
    throw new UserError(`${file} is a directory, and --input takes one file.`, "Give a file inside it, once for each.");
  }
  const head = await readHead(file);
  if (head.length === 0) throw new UserError(`${file} is empty.`, "Give a file with at least one event.");
  const zipped = head[0] === 0x1f && head[1] === 0x8b;
  if (zipped) return createReadStream(file).pipe(createGunzip());
  if (head.includes(0)) {
    throw new UserError(`${file} is binary: it has a zero byte in its first ${String(head.length)} bytes.`, WANTED);
  }
  return createReadStream(file);
}

const WANTED = "Give JSON lines (--format events) or the REES46 CSV (--format rees46), plain or gzip.";

async function readHead(file: string): Promise<Buffer> {
  const handle = await open(file, "r");
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** Lines of a byte stream as bytes, without their LF or CRLF; bytes that are not UTF-8 stay as they are. */
export async function* byteLines(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let pending: Buffer[] = [];
  for await (const chunk of source) {
    let from = 0;
    for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, from)) {
      yield withoutCarriageReturn(Buffer.concat([...pending, chunk.subarray(from, at)]));
      pending = [];
      from = at + 1;
    }
    if (from < chunk.length) pending.push(chunk.subarray(from));
  }
  if (pending.length > 0) yield withoutCarriageReturn(Buffer.concat(pending));
}

function withoutCarriageReturn(line: Buffer): Buffer {
  return line.at(-1) === 13 ? line.subarray(0, -1) : line;
}
