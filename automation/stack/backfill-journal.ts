import { NoSuchKey, paginateListObjectsV2, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { z } from "zod";
import { UserError } from "../errors";
import { LAYERS, type Layer } from "./backfill-volume";
import type { DateRange } from "./date-range";
import { objectText } from "./object-text";

/** Folder below the stack's state path. */
export const BACKFILLS = "backfills/";
const ID = /^(silver|gold|warehouse)-\d{4}-\d{2}-\d{2}-\d{4}-\d{2}-\d{2}-[0-9a-f]{8}$/;

const figures = z.record(z.string(), z.union([z.string(), z.number()]));

const chunk = z.object({
  from: z.iso.date(),
  to: z.iso.date(),
  objects: z.number(),
  jsonBytes: z.number(),
  /** `empty`: there was nothing to read. `cold`: before the hot window, so not the warehouse's. */
  state: z.enum(["pending", "done", "empty", "cold"]),
  /** Figures of the steps that are done. */
  steps: z.partialRecord(z.enum(LAYERS), figures),
});

const journal = z.object({
  format: z.literal(1),
  id: z.string().regex(ID),
  layer: z.enum(LAYERS),
  from: z.iso.date(),
  to: z.iso.date(),
  startedAt: z.string(),
  by: z.string(),
  asOf: z.string().optional(),
  publishLowQuality: z.boolean(),
  /** `replaced`: another backfill of the same dates was begun anew. */
  state: z.enum(["open", "done", "replaced"]),
  chunks: z.array(chunk),
});

/** One backfill: what it was asked to do, and which chunks are done. */
export type Journal = z.infer<typeof journal>;
/** One chunk of a backfill. */
export type JournalChunk = z.infer<typeof chunk>;
/** What one step of a chunk did. */
export type StepFigures = z.infer<typeof figures>;

/** An id that says what it is of, for example `silver-2026-01-01-2026-01-31-0f3a9c12`. */
export function journalId(layer: Layer, { from, to }: DateRange, random: string): string {
  return `${layer}-${from}-${to}-${random}`;
}

/** The journals of a stack: one object each below its state path. Only the holder of the layer's lock writes one. */
export class JournalStore {
  private readonly bucket: string;
  private readonly prefix: string;

  /** @param statePath `s3://bucket/prefix/` */
  constructor(
    private readonly s3: S3Client,
    statePath: string,
  ) {
    const { host, pathname } = new URL(statePath);
    this.bucket = host;
    this.prefix = `${pathname.slice(1)}${BACKFILLS}`;
  }

  /** Writes the whole journal; a reader sees the old one or the new one. */
  async save(state: Journal): Promise<void> {
    const object = { Bucket: this.bucket, Key: this.key(state.id), ContentType: "application/json" };
    await this.s3.send(new PutObjectCommand({ ...object, Body: JSON.stringify(state) }));
  }

  /** @throws UserError where there is none of this id, or it is no journal */
  async read(id: string): Promise<Journal> {
    const found = ID.test(id) ? await this.find(id) : undefined;
    if (found !== undefined) return found;
    throw new UserError(
      `There is no backfill "${id}" in s3://${this.bucket}/${this.prefix}`,
      "Give the id that the backfill printed when it began, or the same layer and dates again: an unfinished one is found.",
    );
  }

  /** @throws UserError where the object is no journal; undefined where there is none */
  async find(id: string): Promise<Journal | undefined> {
    try {
      return journal.parse(JSON.parse(await objectText(this.s3, { Bucket: this.bucket, Key: this.key(id) })));
    } catch (cause) {
      if (cause instanceof NoSuchKey) return undefined;
      if (!(cause instanceof z.ZodError) && !(cause instanceof SyntaxError)) throw cause;
      const reason = cause instanceof z.ZodError ? z.prettifyError(cause) : cause.message;
      throw new UserError(
        `s3://${this.bucket}/${this.key(id)} is no journal of a backfill: ${reason}`,
        "Delete the object and start the backfill again: a chunk that is done twice changes nothing.",
        { cause },
      );
    }
  }

  /** Backfills of a layer's dates that were begun and not ended, newest first. */
  async open(layer: Layer, { from, to }: DateRange): Promise<Journal[]> {
    const found: Journal[] = [];
    for (const id of await this.ids(`${layer}-${from}-${to}-`)) {
      const one = await this.find(id);
      if (one?.state === "open") found.push(one);
    }
    return found.sort((one, other) => other.startedAt.localeCompare(one.startedAt));
  }

  private async ids(start: string): Promise<string[]> {
    const found: string[] = [];
    const at = { Bucket: this.bucket, Prefix: `${this.prefix}${start}` };
    for await (const page of paginateListObjectsV2({ client: this.s3 }, at)) {
      for (const { Key = "" } of page.Contents ?? []) {
        found.push(Key.slice(this.prefix.length).replace(/\.json$/, ""));
      }
    }
    return found.filter((id) => ID.test(id));
  }

  private key(id: string): string {
    return `${this.prefix}${id}.json`;
  }
}
