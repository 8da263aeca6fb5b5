import { at, isOn, recordsAt, textAt, type Resource, type Resources } from "../resource";
import { unless, type Rule } from "../rule";

const BUCKET = "aws:s3/bucket:Bucket";
const LOCKS = ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"] as const;

/** What configures a bucket is a resource of its own; one that says nothing of this bucket is none. */
function part(all: Resources, type: string, bucket: Resource): Resource | undefined {
  return all.naming(`aws:s3/${type.charAt(0).toLowerCase()}${type.slice(1)}:${type}`, "bucket", bucket)[0];
}

function encryption(all: Resources, bucket: Resource): string | undefined {
  const found = part(all, "BucketServerSideEncryptionConfiguration", bucket);
  return found && textAt(found, "rules.0.applyServerSideEncryptionByDefault.sseAlgorithm");
}

function lifecycleRules(all: Resources, bucket: Resource): Readonly<Record<string, unknown>>[] {
  const found = part(all, "BucketLifecycleConfiguration", bucket);
  return found === undefined ? [] : recordsAt(found, "rules").filter(({ status }) => status === "Enabled");
}

/** How a bucket is set up: what S3 is told about it, but for its policy (rules/s3-access.ts). */
export const S3_RULES: readonly Rule[] = [
  {
    id: "S3.8",
    aliases: ["AwsSolutions-S2", "CKV_AWS_53", "CKV_AWS_54", "CKV_AWS_55", "CKV_AWS_56"],
    title: "A bucket blocks public access, in all four ways",
    remedy: "Give the bucket a BucketPublicAccessBlock with all four switches on (LakeBucket does).",
    types: [BUCKET],
    reads: "stack",
    check: (bucket, all) => {
      const block = part(all, "BucketPublicAccessBlock", bucket);
      if (block === undefined) return ["nothing blocks public access to the bucket"];
      const open = LOCKS.filter((lock) => !isOn(block, lock));
      return unless(open.length === 0, `public access is not blocked by ${open.join(", ")}`);
    },
  },
  {
    id: "S3.9",
    aliases: ["AwsSolutions-S1", "CKV_AWS_18"],
    title: "A bucket's requests are logged",
    remedy: "Give the bucket a BucketLogging that names another bucket as its target.",
    types: [BUCKET],
    reads: "stack",
    check: (bucket, all) => {
      const logging = part(all, "BucketLogging", bucket);
      return unless(
        logging !== undefined && textAt(logging, "targetBucket") !== undefined,
        "requests to it are not logged",
      );
    },
  },
  {
    id: "S3.12",
    aliases: [],
    title: "Access to a bucket is by policy, not by ACL",
    remedy: "Give the bucket BucketOwnershipControls with BucketOwnerEnforced, which turns ACLs off.",
    types: [BUCKET],
    reads: "stack",
    check: (bucket, all) => {
      const controls = part(all, "BucketOwnershipControls", bucket);
      const ownership = controls && textAt(controls, "rule.objectOwnership");
      return unless(ownership === "BucketOwnerEnforced", `ACLs count: ownership is ${ownership ?? "not set"}`);
    },
  },
  {
    id: "S3.13",
    aliases: [],
    title: "A bucket has a lifecycle",
    remedy: "Give the bucket a BucketLifecycleConfiguration with an enabled rule that expires or moves objects.",
    types: [BUCKET],
    reads: "stack",
    check: (bucket, all) => unless(lifecycleRules(all, bucket).length > 0, "no enabled lifecycle rule is on it"),
  },
  {
    id: "CKV_AWS_300",
    aliases: [],
    title: "Uploads that were never completed are dropped",
    remedy: "Set abortIncompleteMultipartUpload in an enabled lifecycle rule of the whole bucket.",
    types: [BUCKET],
    reads: "stack",
    check: (bucket, all) => {
      const aborting = lifecycleRules(all, bucket).some(
        (rule) => rule["abortIncompleteMultipartUpload"] !== undefined && wholeBucket(rule),
      );
      return unless(aborting, "parts of uploads that were never completed stay for good");
    },
  },
  {
    id: "CKV_AWS_21",
    aliases: [],
    title: "A bucket keeps versions",
    remedy: "Give the bucket a BucketVersioning with status Enabled.",
    types: [BUCKET],
    reads: "stack",
    check: (bucket, all) => {
      const versioning = part(all, "BucketVersioning", bucket);
      const status = versioning && textAt(versioning, "versioningConfiguration.status");
      return unless(status === "Enabled", `an overwritten object is lost: versioning is ${status ?? "not set"}`);
    },
  },
  {
    id: "CKV_AWS_19",
    // cdk-nag had the same as AwsSolutions-S3, until S3 encrypted every new object by itself.
    aliases: ["AwsSolutions-S3"],
    title: "A bucket encrypts at rest",
    remedy: "Give the bucket a BucketServerSideEncryptionConfiguration.",
    types: [BUCKET],
    reads: "stack",
    check: (bucket, all) => unless(encryption(all, bucket) !== undefined, "no default encryption is set"),
  },
  {
    id: "CKV_AWS_145",
    aliases: [],
    title: "A bucket encrypts by a key of the customer",
    remedy: "Set sseAlgorithm aws:kms with the kmsMasterKeyId of the layer's key.",
    types: [BUCKET],
    reads: "stack",
    check: (bucket, all) => {
      const found = part(all, "BucketServerSideEncryptionConfiguration", bucket);
      const key = found && textAt(found, "rules.0.applyServerSideEncryptionByDefault.kmsMasterKeyId");
      const algorithm = encryption(all, bucket);
      return unless(
        (algorithm?.startsWith("aws:kms") ?? false) && key !== undefined,
        `default encryption is ${algorithm ?? "not set"}${key === undefined ? ", by no key of the customer" : ""}`,
      );
    },
  },
  {
    id: "S3.22",
    aliases: [],
    title: "Writes of objects are in the audit trail",
    remedy: "Let a CloudTrail trail of the stack record S3 data events of the bucket, writes among them.",
    types: [BUCKET],
    reads: "stack",
    check: (bucket, all) => unless(recorded(bucket, all, "WriteOnly"), "no trail records who wrote its objects"),
  },
  {
    id: "S3.23",
    aliases: [],
    title: "Reads of objects are in the audit trail",
    remedy: "Let a CloudTrail trail of the stack record S3 data events of the bucket, reads among them.",
    types: [BUCKET],
    reads: "stack",
    check: (bucket, all) => unless(recorded(bucket, all, "ReadOnly"), "no trail records who read its objects"),
  },
];

function wholeBucket({ filter }: Readonly<Record<string, unknown>>): boolean {
  if (typeof filter !== "object" || filter === null) return true;
  const { prefix, ...others } = filter as Record<string, unknown>;
  return (prefix === undefined || prefix === "") && Object.keys(others).length === 0;
}

/** Whether some trail has the bucket's data events of this kind, by either way of choosing them. */
function recorded(bucket: Resource, all: Resources, kind: "ReadOnly" | "WriteOnly"): boolean {
  const arn = `${String(bucket.outputs["arn"])}/`;
  return all.ofType("aws:cloudtrail/trail:Trail").some((trail) => {
    if (at(trail, "enableLogging") === false) return false;
    const simple = recordsAt(trail, "eventSelectors").some(({ readWriteType, dataResources }) => {
      const kindFits = [undefined, "All", kind].includes(readWriteType as string | undefined);
      return kindFits && JSON.stringify(dataResources ?? []).includes("AWS::S3::Object") && covers(dataResources, arn);
    });
    return simple || recordsAt(trail, "advancedEventSelectors").some((one) => advanced(one, arn, kind));
  });
}

function covers(dataResources: unknown, arn: string): boolean {
  const values = (Array.isArray(dataResources) ? dataResources : []).flatMap(
    (one: { values?: readonly string[] }) => one.values ?? [],
  );
  return values.some((value) => value === "arn:aws:s3" || arn.startsWith(value));
}

interface FieldSelector {
  field?: string;
  equals?: readonly string[];
  startsWiths?: readonly string[];
}

function advanced(selector: Readonly<Record<string, unknown>>, arn: string, kind: "ReadOnly" | "WriteOnly"): boolean {
  const fields = (selector["fieldSelectors"] ?? []) as readonly FieldSelector[];
  const of = (name: string): FieldSelector | undefined => fields.find(({ field }) => field === name);
  const readOnly = of("readOnly")?.equals;
  const places = of("resources.ARN")?.startsWiths;
  return (
    (of("resources.type")?.equals?.includes("AWS::S3::Object") ?? false) &&
    (readOnly === undefined || readOnly.includes(kind === "ReadOnly" ? "true" : "false")) &&
    (places === undefined || places.some((place) => arn.startsWith(place)))
  );
}
