import type * as s3 from "@aws-sdk/client-s3";
import { describeError, logLine } from "../log";
import type { FieldMapping } from "./line-facts";
import { HOLDS, hourFile, MAPPINGS, readMapping, type Hold } from "./holds";

/** Holds and mappings under the stack's state path. */
export interface HoldStore {
  /** Holds an hour, unless it is held. */
  hold(hour: string, hold: Hold): Promise<void>;
  /** Takes back the hold of this drift; another drift's stays. */
  takeBack(hour: string, drift: string): Promise<void>;
  /** Mappings that people accepted; one that cannot be read is logged and left out. */
  mappings(): Promise<FieldMapping[]>;
}

/** The commands of `@aws-sdk/client-s3` that the store uses; the Lambda runtime supplies it. */
export type HoldSdk = Pick<
  typeof s3,
  "GetObjectCommand" | "PutObjectCommand" | "DeleteObjectCommand" | "ListObjectsV2Command"
>;

/** Errors by which S3 says that a conditional write lost: the object is there, or is being written at this moment. */
const EXISTS = ["PreconditionFailed", "ConditionalRequestConflict"];

/** A `HoldStore` in a bucket. @param prefix of the state path, with a final slash */
export function createHoldStore(client: s3.S3Client, sdk: HoldSdk, bucket: string, prefix: string): HoldStore {
  const read = async (key: string): Promise<string> => {
    const { Body } = await client.send(new sdk.GetObjectCommand({ Bucket: bucket, Key: key }));
    return (await Body?.transformToString()) ?? "";
  };
  return {
    async hold(hour, hold) {
      try {
        await client.send(
          new sdk.PutObjectCommand({
            Bucket: bucket,
            Key: `${prefix}${HOLDS}${hourFile(hour)}`,
            Body: JSON.stringify(hold),
            ContentType: "application/json",
            IfNoneMatch: "*",
          }),
        );
      } catch (error) {
        if (!(error instanceof Error) || !EXISTS.includes(error.name)) throw error;
      }
    },
    async takeBack(hour, drift) {
      const key = `${prefix}${HOLDS}${hourFile(hour)}`;
      // Listed first: S3 says "access denied" instead of "no such key" to a reader who may not list the whole bucket.
      const { Contents } = await client.send(new sdk.ListObjectsV2Command({ Bucket: bucket, Prefix: key }));
      if (!Contents?.some((object) => object.Key === key)) return;
      const text = await read(key);
      if ((JSON.parse(text) as Partial<Hold>).drift !== drift) return;
      await client.send(new sdk.DeleteObjectCommand({ Bucket: bucket, Key: key }));
    },
    async mappings() {
      const found: FieldMapping[] = [];
      let token: string | undefined;
      do {
        const page = await client.send(
          new sdk.ListObjectsV2Command({ Bucket: bucket, Prefix: `${prefix}${MAPPINGS}`, ContinuationToken: token }),
        );
        for (const { Key } of page.Contents ?? []) {
          if (Key === undefined || !Key.endsWith(".json")) continue;
          try {
            const { id, from, to } = readMapping(await read(Key));
            found.push({ id, from, to });
          } catch (error) {
            logLine("error", "mapping passed over", { key: Key, error: describeError(error) });
          }
        }
        token = page.NextContinuationToken;
      } while (token !== undefined);
      return found;
    },
  };
}
