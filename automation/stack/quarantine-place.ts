import { GetObjectCommand, NoSuchKey, type S3Client } from "@aws-sdk/client-s3";
import { readObject } from "../../handlers/object-reader";
import type { QuarantineRow } from "./quarantine";

/** Where a line is in its raw object. */
export type LinePlace =
  /** `line` counts from 1, blank lines too; `offset` is in bytes of the decompressed text. */
  | { kind: "found"; line: number; offset: number }
  /** The raw object has expired or was deleted. */
  | { kind: "gone" }
  /** The object was written anew, or the line is what was left at the damage of a gzip stream. */
  | { kind: "unknown" };

interface Target {
  index: number;
  /** Bytes of the line, or of its beginning. */
  bytes: Buffer;
  whole: boolean;
}

const NEWLINE = 0x0a;
const RETURN = 0x0d;

/** Looks lines up in their raw objects, in the order of `rows`; each object is read once. */
export async function placesOf(s3: S3Client, rawBucket: string, rows: readonly QuarantineRow[]): Promise<LinePlace[]> {
  const places = rows.map((): LinePlace => ({ kind: "unknown" }));
  const files = new Map<string, Target[]>();
  rows.forEach(({ sourceFile, line: { text, encoding, length } }, index) => {
    const whole = text.length >= length;
    // A cut base64 text holds whole groups of four characters only.
    const bytes =
      encoding === "base64" ? Buffer.from(text.slice(0, text.length - (text.length % 4)), "base64") : Buffer.from(text);
    files.set(sourceFile, [...(files.get(sourceFile) ?? []), { index, bytes, whole }]);
  });
  for (const [file, targets] of files) await searchObject(s3, rawBucket, file, targets, places);
  return places;
}

async function searchObject(
  s3: S3Client,
  bucket: string,
  key: string,
  targets: Target[],
  places: LinePlace[],
): Promise<void> {
  let body: AsyncIterable<Uint8Array> | undefined;
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    body = Body as AsyncIterable<Uint8Array> | undefined;
  } catch (error) {
    if (!(error instanceof NoSuchKey)) throw error;
    for (const { index } of targets) places[index] = { kind: "gone" };
    return;
  }
  if (body === undefined) return;
  const waiting = [...targets];
  const lines = new Lines((bytes, line, offset) => {
    // Equal lines of one object are given to equal rows in their order.
    const at = waiting.findIndex((target) => matches(target, bytes));
    const [target] = at === -1 ? [] : waiting.splice(at, 1);
    if (target !== undefined) places[target.index] = { kind: "found", line, offset };
  });
  await readObject(
    body,
    (bytes) => lines.feed(bytes),
    () => Promise.resolve(),
  );
  lines.end();
}

function matches({ bytes, whole }: Target, line: Buffer): boolean {
  return whole ? line.equals(bytes) : line.length > bytes.length && line.subarray(0, bytes.length).equals(bytes);
}

/** Cuts bytes at LF as the silver job does: a CR before it belongs to the ending. */
class Lines {
  private pending: Buffer[] = [];
  private offset = 0;
  private line = 1;

  constructor(private readonly onLine: (bytes: Buffer, line: number, offset: number) => void) {}

  feed(chunk: Buffer): void {
    let start = 0;
    for (let stop = chunk.indexOf(NEWLINE); stop !== -1; stop = chunk.indexOf(NEWLINE, start)) {
      this.pending.push(chunk.subarray(start, stop));
      this.take(1);
      start = stop + 1;
    }
    // Copied: the reader may use the memory of its chunk again.
    if (start < chunk.length) this.pending.push(Buffer.from(chunk.subarray(start)));
  }

  end(): void {
    if (this.pending.length > 0) this.take(0);
  }

  private take(ending: number): void {
    const [only] = this.pending;
    const bytes = this.pending.length === 1 && only !== undefined ? only : Buffer.concat(this.pending);
    this.pending = [];
    const whole = bytes.at(-1) === RETURN ? bytes.subarray(0, -1) : bytes;
    this.onLine(whole, this.line, this.offset);
    this.offset += bytes.length + ending;
    this.line += 1;
  }
}
