import type * as s3 from "@aws-sdk/client-s3";
import { STAGING_PREFIX } from "./settings";
import type { DatedRecord } from "./query-record";

/** The parts of the SDK that the staging area uses; the Lambda runtime supplies them. */
export type S3Sdk = Pick<typeof s3, "PutObjectCommand" | "ListObjectsV2Command">;

/** One object a query, below `staging/event_date=<day>/`. An object is written once and never changed. */
export interface Staging {
  /** Writes the record unless its query has one; resolves to whether it was new. */
  put(dated: DatedRecord): Promise<boolean>;
  /** Object names by day, from `firstDay` (YYYY-MM-DD, included) on; names in S3's order. */
  list(firstDay: string): Promise<Map<string, string[]>>;
}

/** Name of a record's object. The same for the same query, so that an event that comes twice changes nothing. */
export function stagedName({ record }: DatedRecord): string {
  // A warehouse counts its queries from 1; another one of this stack, later, would use the numbers again.
  const source = record.engine === "redshift" ? `${record.workgroup}-` : "";
  return `${record.engine}-${source}${record.query_id}.json`;
}

/** Day and name of a key of the staging area, or undefined for something else. */
export function parseStagedKey(key: string): { day: string; name: string } | undefined {
  const [, day, name] = /^staging\/event_date=(\d{4}-\d{2}-\d{2})\/([^/]+\.json)$/.exec(key) ?? [];
  return day === undefined || name === undefined ? undefined : { day, name };
}

/** Id of the Athena query whose object has this name, or undefined. */
export function athenaIdOf(name: string): string | undefined {
  return /^athena-(.+)\.json$/.exec(name)?.[1];
}

/** The staging area in a bucket. */
export function createStaging(client: s3.S3Client, sdk: S3Sdk, bucket: string): Staging {
  return {
    async put(dated: DatedRecord): Promise<boolean> {
      try {
        await client.send(
          new sdk.PutObjectCommand({
            Bucket: bucket,
            Key: `${STAGING_PREFIX}event_date=${dated.eventDate}/${stagedName(dated)}`,
            Body: `${JSON.stringify(dated.record)}\n`,
            ContentType: "application/json",
            // The first one stays: a row that changed under a published day would be published again for nothing.
            IfNoneMatch: "*",
          }),
        );
        return true;
      } catch (error) {
        if (error instanceof Error && error.name === "PreconditionFailed") return false;
        throw error;
      }
    },

    async list(firstDay: string): Promise<Map<string, string[]>> {
      const days = new Map<string, string[]>();
      let token: string | undefined;
      do {
        const page = await client.send(
          new sdk.ListObjectsV2Command({
            Bucket: bucket,
            Prefix: STAGING_PREFIX,
            // Keys sort by day: what is older is not even listed.
            StartAfter: `${STAGING_PREFIX}event_date=${firstDay}`,
            ContinuationToken: token,
          }),
        );
        for (const { Key } of page.Contents ?? []) {
          const staged = parseStagedKey(Key ?? "");
          if (staged === undefined) continue;
          const names = days.get(staged.day);
          if (names === undefined) days.set(staged.day, [staged.name]);
          else names.push(staged.name);
        }
        token = page.NextContinuationToken;
      } while (token !== undefined);
      return days;
    },
  };
}
