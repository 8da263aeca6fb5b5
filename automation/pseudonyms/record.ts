import { DeleteObjectCommand, NoSuchKey, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { z } from "zod";
import { objectText } from "../stack/object-text";

const record = z.object({
  format: z.literal(1),
  startedAt: z.string(),
  by: z.string(),
  /** Version of the secret that is being gone over to. */
  version: z.uuid(),
  /** The backfill that goes over; absent until it is planned. */
  backfill: z.string().optional(),
  before: z.record(z.string(), z.number()),
  /** Beginnings of the pseudonyms as they were. */
  pseudonyms: z.array(z.string()),
});

/** A change of the key that was begun: what has to be true at its end. */
export type RekeyRecord = z.infer<typeof record>;

/** The one record of a stack, below its state path; there is none where no change is under way. */
export class RekeyStore {
  private readonly at: { Bucket: string; Key: string };

  /** @param statePath `s3://bucket/prefix/` */
  constructor(
    private readonly s3: S3Client,
    statePath: string,
  ) {
    const { host, pathname } = new URL(statePath);
    this.at = { Bucket: host, Key: `${pathname.slice(1)}pseudonyms/rekey.json` };
  }

  async find(): Promise<RekeyRecord | undefined> {
    try {
      return record.parse(JSON.parse(await objectText(this.s3, this.at)));
    } catch (cause) {
      if (cause instanceof NoSuchKey) return undefined;
      throw cause;
    }
  }

  async save(state: RekeyRecord): Promise<void> {
    await this.s3.send(
      new PutObjectCommand({ ...this.at, ContentType: "application/json", Body: JSON.stringify(state) }),
    );
  }

  async remove(): Promise<void> {
    await this.s3.send(new DeleteObjectCommand(this.at));
  }
}
