import {
  DeleteObjectsCommand,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandInput,
  type ListObjectVersionsCommandOutput,
  type ObjectIdentifier,
  type S3Client,
} from "@aws-sdk/client-s3";
import { UserError } from "../errors";

/** One version of an object, or a delete marker. */
export interface ObjectVersion {
  key: string;
  versionId: string;
  latest: boolean;
  marker: boolean;
  bytes: number;
  /** When it was written. */
  modified: Date;
}

/** What was deleted. */
export interface Deleted {
  /** Versions and delete markers. */
  objects: number;
  bytes: number;
}

/** Keys that one DeleteObjects takes (API reference). */
const MAX_KEYS = 1000;

/** Every version and delete marker below a prefix. */
export async function versionsBelow(s3: S3Client, bucket: string, prefix: string): Promise<ObjectVersion[]> {
  const found: ObjectVersion[] = [];
  // The SDK has no paginator for this call.
  let from: Pick<ListObjectVersionsCommandInput, "KeyMarker" | "VersionIdMarker"> | undefined = {};
  while (from !== undefined) {
    const page: ListObjectVersionsCommandOutput = await s3.send(
      new ListObjectVersionsCommand({ Bucket: bucket, Prefix: prefix, ...from }),
    );
    const entries = [
      ...(page.Versions ?? []).map((one) => ({ ...one, marker: false, bytes: one.Size ?? 0 })),
      ...(page.DeleteMarkers ?? []).map((one) => ({ ...one, marker: true, bytes: 0 })),
    ];
    for (const { Key: key = "", VersionId: versionId = "null", IsLatest: latest = false, ...entry } of entries) {
      const { marker, bytes, LastModified: modified = new Date(0) } = entry;
      found.push({ key, versionId, latest, marker, bytes, modified });
    }
    from =
      page.IsTruncated === true
        ? { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker }
        : undefined;
  }
  return found;
}

/** Deletes versions for good. @throws UserError where S3 refuses one */
export async function deleteVersions(
  s3: S3Client,
  bucket: string,
  versions: readonly ObjectVersion[],
): Promise<Deleted> {
  for (let start = 0; start < versions.length; start += MAX_KEYS) {
    const Objects = versions
      .slice(start, start + MAX_KEYS)
      .map(({ key, versionId }): ObjectIdentifier => ({ Key: key, VersionId: versionId }));
    const { Errors = [] } = await s3.send(
      new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }),
    );
    const refused = Errors.find(({ Code }) => Code !== "NoSuchKey" && Code !== "NoSuchVersion");
    if (refused !== undefined) {
      throw new UserError(
        `S3 refuses to delete s3://${bucket}/${refused.Key ?? ""}: ${refused.Code ?? ""} ${refused.Message ?? ""}`,
        "Give yourself s3:DeleteObjectVersion on the bucket and give the command again.",
      );
    }
  }
  return { objects: versions.length, bytes: versions.reduce((sum, { bytes }) => sum + bytes, 0) };
}

/** Deletes one object with all its versions; one that is not there is no error. */
export async function deleteForGood(s3: S3Client, bucket: string, key: string): Promise<Deleted> {
  const versions = (await versionsBelow(s3, bucket, key)).filter((one) => one.key === key);
  return deleteVersions(s3, bucket, versions);
}
