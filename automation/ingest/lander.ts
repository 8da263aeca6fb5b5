import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import type { LandedLine } from "../generate/event";
import { hourPrefix } from "./landing-path";

const compress = promisify(gzip);

// An object of 32 MiB of text is a few MiB of gzip: enough work for one Spark task, few enough requests.
const OBJECT_TEXT_BYTES = 32 * 1024 * 1024;
const OPEN_TEXT_BYTES = 256 * 1024 * 1024;
const UPLOADS_AT_ONCE = 8;
const NEWLINE = Buffer.from("\n");

export interface LandedSummary {
  lines: number;
  objects: number;
  /** Bytes of text before compression. */
  textBytes: number;
  /** Bytes of the objects as stored. */
  storedBytes: number;
}

/** Stores one gzip object; `key` is relative to the place the events land in. */
export type PutObject = (key: string, body: Buffer) => Promise<void>;

/** Where raw events land in S3. */
export interface LandingPlace {
  bucket: string;
  /** With a final slash, for example `events/`. */
  prefix: string;
}

/** Objects go to the raw bucket. */
export function toBucket(s3: S3Client, place: LandingPlace): PutObject {
  return async (key, body) => {
    const object = { Bucket: place.bucket, Key: `${place.prefix}${key}`, Body: body, ContentType: "application/gzip" };
    await s3.send(new PutObjectCommand(object));
  };
}

/** Objects become files below a folder, in the same layout. */
export function toFolder(folder: string): PutObject {
  return async (key, body) => {
    const file = path.join(folder, key);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, body);
  };
}

interface OpenHour {
  lines: Buffer[];
  bytes: number;
}

/**
 * Writes lines as gzip JSON-lines objects under their landing hour. Object names are the hash of their text, so that
 * landing the same lines twice leaves the same objects.
 */
export class Lander {
  private readonly hours = new Map<string, OpenHour>();
  private readonly uploads = new Set<Promise<void>>();
  private openBytes = 0;
  private readonly summary: LandedSummary = { lines: 0, objects: 0, textBytes: 0, storedBytes: 0 };

  constructor(
    private readonly put: PutObject,
    private readonly onProgress: (soFar: LandedSummary) => void = () => undefined,
  ) {}

  /** Lands every line, then waits for the uploads. A failed upload fails the whole call. */
  async land(lines: Iterable<LandedLine> | AsyncIterable<LandedLine>): Promise<LandedSummary> {
    for await (const { line, landedAt } of lines) {
      const prefix = hourPrefix(landedAt);
      const hour = this.hours.get(prefix) ?? this.openHour(prefix);
      const bytes = typeof line === "string" ? Buffer.from(line) : line;
      hour.lines.push(bytes, NEWLINE);
      hour.bytes += bytes.length + 1;
      this.openBytes += bytes.length + 1;
      this.summary.lines += 1;
      if (hour.bytes >= OBJECT_TEXT_BYTES) await this.close(prefix, hour);
      else if (this.openBytes >= OPEN_TEXT_BYTES) await this.closeLargest();
    }
    for (const [prefix, hour] of [...this.hours].sort(([left], [right]) => left.localeCompare(right))) {
      await this.close(prefix, hour);
    }
    await Promise.all(this.uploads);
    return { ...this.summary };
  }

  private openHour(prefix: string): OpenHour {
    const hour: OpenHour = { lines: [], bytes: 0 };
    this.hours.set(prefix, hour);
    return hour;
  }

  private async closeLargest(): Promise<void> {
    let largest: [string, OpenHour] | undefined;
    for (const entry of this.hours) if (largest === undefined || entry[1].bytes > largest[1].bytes) largest = entry;
    if (largest !== undefined) await this.close(...largest);
  }

  private async close(prefix: string, hour: OpenHour): Promise<void> {
    this.hours.delete(prefix);
    this.openBytes -= hour.bytes;
    const text = Buffer.concat(hour.lines, hour.bytes);
    while (this.uploads.size >= UPLOADS_AT_ONCE) await Promise.race(this.uploads);
    const upload = this.upload(prefix, text).finally(() => this.uploads.delete(upload));
    this.uploads.add(upload);
  }

  private async upload(prefix: string, text: Buffer): Promise<void> {
    const name = createHash("sha256").update(text).digest("hex").slice(0, 24);
    const body = await compress(text);
    await this.put(`${prefix}${name}.json.gz`, body);
    this.summary.objects += 1;
    this.summary.textBytes += text.length;
    this.summary.storedBytes += body.length;
    this.onProgress(this.summary);
  }
}
