/** S3: the bucket, its one-per-bucket settings, and objects from assets. */
import { readAsset } from "../assets";
import { modelOf, wrapped } from "../model";
import { parseCall, type Request, type TypeSpec } from "../request";
import type { Props } from "../mapping";
import { isNotFound } from "../errors";

/**
 * Deletes every version and delete marker, a page of 1,000 at a time, as the official provider does: of a bucket with a
 * lock also what governance protects, which only `forceDestroy` asks for.
 */
async function emptyBucket(r: Request): Promise<void> {
  const bypass = r.inputs["objectLockEnabled"] === true ? { BypassGovernanceRetention: true } : {};
  for (;;) {
    const page = await r.call("ListObjectVersions", { Bucket: r.id, MaxKeys: 1000 });
    const entries = [...((page["Versions"] ?? []) as Props[]), ...((page["DeleteMarkers"] ?? []) as Props[])];
    if (entries.length === 0) return;
    const Objects = entries.map(({ Key, VersionId }) => ({ Key, VersionId }));
    const { Errors } = await r.call("DeleteObjects", { Bucket: r.id, Delete: { Objects, Quiet: true }, ...bypass });
    const failed = (Errors as Props[] | undefined)?.[0];
    if (failed !== undefined)
      throw new Error(`emptying ${r.id}: ${String(failed["Key"])}: ${String(failed["Message"])}`);
  }
}

const putTags = (r: Request): Promise<unknown> =>
  Object.keys(r.tags).length === 0
    ? r.call("DeleteBucketTagging", { Bucket: r.id })
    : r.call("PutBucketTagging", { Bucket: r.id, Tagging: { TagSet: tagSet(r) } });

const tagSet = (r: Request): Props[] => Object.entries(r.tags).map(([Key, Value]) => ({ Key, Value }));

/**
 * A bucket with a lock keeps its versions, so AWS refuses to suspend them; the emulator suspends them and then refuses
 * to change the lock. Either way there is nothing left to do for whoever lets go of the setting.
 */
const unlessLocked = (call: Promise<unknown>): Promise<unknown> =>
  call.catch((error: unknown) => {
    if ((error as Error).name !== "InvalidBucketState") throw error;
  });

/** What of a setting does not follow from the name of the operation that puts it. */
interface Irregular {
  /** What stands for its deletion where there is none. */
  readonly remove?: (r: Request) => Promise<unknown>;
  /** Members that the API wants and Pulumi leaves out. */
  readonly defaults?: Props;
}

/** A setting of which a bucket has exactly one; `maps` is the operation that puts it, and where its members are. */
function setting(props: string, maps: string, { remove, defaults = {} }: Irregular = {}): TypeSpec {
  const { operation, path } = parseCall(maps);
  const named = (verb: string): string => operation.replace("Put", verb);
  const put = async (r: Request): Promise<void> => {
    const body = wrapped(modelOf("s3"), maps, { ...defaults, ...r.map(maps) });
    await r.call(operation, { Bucket: r.str("bucket"), ...body });
  };
  return {
    service: "s3",
    props: `bucket!* ${props}`,
    maps,
    create: async (r) => {
      await put(r);
      return { id: r.str("bucket") };
    },
    read: async (r) => {
      const { $metadata: _, ...answer } = await r.call(named("Get"), { Bucket: r.id });
      const wrappers = path?.split(".") ?? [];
      const body = wrappers.reduce<Props>((outer, wrapper) => (outer[wrapper] as Props | undefined) ?? outer, answer);
      return Object.keys(body).length === 0 ? undefined : { ...body, bucket: r.id };
    },
    update: put,
    // S3's one irregular verb: PutBucketLifecycleConfiguration, DeleteBucketLifecycle.
    delete: (r) => remove?.(r) ?? r.call(named("Delete").replace(/Configuration$/, ""), { Bucket: r.id }),
  };
}

/** The body and headers of an object; KMS settings only when asked for, else the bucket's default applies. */
async function putObject(r: Request): Promise<Props> {
  const Body = await readAsset(r.inputs["source"], r.inputs["content"]);
  const Tagging = Object.keys(r.tags).length === 0 ? undefined : new URLSearchParams(r.tags).toString();
  const sse = r.inputs["kmsKeyId"] === undefined ? {} : { ServerSideEncryption: "aws:kms" };
  const mapped = { ...sse, ...r.map(), Bucket: r.str("bucket"), Key: r.str("key"), Body, Tagging };
  const { ETag, VersionId } = await r.call("PutObject", mapped);
  return { etag: String(ETag).replaceAll('"', ""), ...(VersionId === undefined ? {} : { versionId: VersionId }) };
}

const LOCK = { ObjectLockEnabled: "Enabled" };

export const s3Types: Record<string, TypeSpec> = {
  "aws:s3/bucket:Bucket": {
    service: "s3",
    props: "bucket! forceDestroy~ objectLockEnabled!=ObjectLockEnabledForBucket tags*",
    maps: "CreateBucket",
    name: { property: "bucket", max: 63 },
    create: async (r) => {
      // us-east-1 is the one region that must not be named.
      const config = r.region === "us-east-1" ? {} : { CreateBucketConfiguration: { LocationConstraint: r.region } };
      await r.call("CreateBucket", { ...r.map(), ...config });
      r.id = r.str("bucket");
      if (Object.keys(r.tags).length > 0) await putTags(r);
      return { id: r.id };
    },
    read: async (r) => {
      await r.call("HeadBucket", { Bucket: r.id });
      const tagging = await r.call("GetBucketTagging", { Bucket: r.id }).catch((error: unknown) => {
        if (isNotFound(error)) return { TagSet: [] };
        throw error;
      });
      return { bucket: r.id, TagSet: tagging["TagSet"] };
    },
    update: putTags,
    delete: async (r) => {
      if (r.inputs["forceDestroy"] === true) await emptyBucket(r);
      await r.call("DeleteBucket", { Bucket: r.id });
    },
    outs: (r) => ({
      arn: `arn:aws:s3:::${r.id}`,
      bucketDomainName: `${r.id}.s3.amazonaws.com`,
      bucketRegionalDomainName: `${r.id}.s3.${r.region}.amazonaws.com`,
      bucketRegion: r.region,
      forceDestroy: r.inputs["forceDestroy"] ?? false,
    }),
  },
  "aws:s3/bucketPolicy:BucketPolicy": setting("policy$", "PutBucketPolicy"),
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": setting(
    "blockPublicAcls blockPublicPolicy ignorePublicAcls restrictPublicBuckets",
    "PutPublicAccessBlock.PublicAccessBlockConfiguration",
  ),
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls": setting(
    "rule",
    "PutBucketOwnershipControls.OwnershipControls",
  ),
  "aws:s3/bucketVersioning:BucketVersioning": {
    ...setting("versioningConfiguration", "PutBucketVersioning", {
      // A bucket cannot become unversioned again.
      remove: (r) =>
        unlessLocked(r.ask("PutBucketVersioning(Bucket)", { VersioningConfiguration: { Status: "Suspended" } })),
    }),
    read: async (r) => {
      const { Status, MFADelete } = await r.call("GetBucketVersioning", { Bucket: r.id });
      return Status === undefined ? undefined : { bucket: r.id, versioningConfiguration: { Status, MFADelete } };
    },
  },
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": setting(
    "rules",
    "PutBucketEncryption.ServerSideEncryptionConfiguration",
  ),
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": setting(
    "rules",
    "PutBucketLifecycleConfiguration.LifecycleConfiguration",
  ),
  "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration": setting(
    "objectLockEnabled! rule",
    "PutObjectLockConfiguration.ObjectLockConfiguration",
    {
      // The lock of a bucket cannot be taken off; its default retention can.
      remove: (r) => unlessLocked(r.ask("PutObjectLockConfiguration(Bucket)", { ObjectLockConfiguration: LOCK })),
      defaults: LOCK,
    },
  ),
  "aws:s3/bucketLogging:BucketLogging": setting(
    "targetBucket targetPrefix targetGrants targetObjectKeyFormat",
    "PutBucketLogging.BucketLoggingStatus.LoggingEnabled",
    { remove: (r) => r.ask("PutBucketLogging(Bucket)", { BucketLoggingStatus: {} }) },
  ),
  "aws:s3/bucketNotification:BucketNotification": {
    service: "s3",
    props: "bucket!* eventbridge*",
    create: async (r) => {
      await putNotification(r, r.inputs["eventbridge"] === true);
      return { id: r.str("bucket") };
    },
    read: async (r) => {
      const { EventBridgeConfiguration } = await r.call("GetBucketNotificationConfiguration", { Bucket: r.id });
      return { bucket: r.id, eventbridge: EventBridgeConfiguration !== undefined };
    },
    update: (r) => putNotification(r, r.inputs["eventbridge"] === true),
    delete: (r) => putNotification(r, false),
  },
  "aws:s3/bucketObjectv2:BucketObjectv2": {
    service: "s3",
    props:
      "bucket! key! source* content* sourceHash~ etag~ forceDestroy~ tags* contentType contentEncoding cacheControl " +
      "contentDisposition contentLanguage metadata storageClass kmsKeyId!=SSEKMSKeyId serverSideEncryption bucketKeyEnabled",
    maps: "PutObject",
    create: async (r) => {
      const outs = await putObject(r);
      return { id: r.str("key"), ...outs };
    },
    read: async (r) => {
      const head = await r.call("HeadObject", { Bucket: r.str("bucket"), Key: r.id });
      const { TagSet } = await r.call("GetObjectTagging", { Bucket: r.str("bucket"), Key: r.id });
      return { ContentType: head["ContentType"], Metadata: head["Metadata"], TagSet, key: r.id };
    },
    update: putObject,
    delete: async (r) => {
      const Bucket = r.str("bucket");
      await r.call("DeleteObject", { Bucket, Key: r.id });
    },
    outs: (r) => ({ arn: `arn:aws:s3:::${r.str("bucket")}/${r.id}` }),
  },
};

const putNotification = (r: Request, eventbridge: boolean): Promise<unknown> =>
  r.call("PutBucketNotificationConfiguration", {
    Bucket: r.str("bucket"),
    NotificationConfiguration: eventbridge ? { EventBridgeConfiguration: {} } : {},
  });
