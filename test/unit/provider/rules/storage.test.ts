import { judgeAll, type Case } from "./judge";

const lifecycle = (rule: object): object => ({ LifecycleConfiguration: { Rules: [rule] } });
const rule = { ID: "a", Status: "Enabled", Filter: { Prefix: "" } };
const moves = (...list: [number, string][]): object[] => list.map(([Days, StorageClass]) => ({ Days, StorageClass }));
const policy = (statement: object): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Principal: "*", ...statement }] });
const read = { Action: "s3:GetObject", Resource: "arn:aws:s3:::b/*" };
const encryption = (settings: object): object => ({
  ServerSideEncryptionConfiguration: { Rules: [{ ApplyServerSideEncryptionByDefault: settings }] },
});
const lock = (retention: object): object => ({
  ObjectLockConfiguration: { ObjectLockEnabled: "Enabled", Rule: { DefaultRetention: retention } },
});

const CASES: Case[] = [
  {
    call: "s3.CreateBucket",
    good: { Bucket: "my.bucket-1" },
    also: [{ Bucket: "abc" }, { Bucket: "a".repeat(63) }],
    bad: [
      [{ Bucket: "ab" }, /3 to 63/],
      [{ Bucket: "a".repeat(64) }, /3 to 63/],
      [{ Bucket: "My-bucket" }, /lower-case/],
      [{ Bucket: "my_bucket" }, /lower-case/],
      [{ Bucket: "bucket-" }, /begin and end/],
      [{ Bucket: "a..b" }, /adjacent periods/],
      [{ Bucket: "192.168.5.4" }, /IP address/],
      [{ Bucket: "xn--abc" }, /xn--/],
      [{ Bucket: "sthree-abc" }, /sthree-/],
      [{ Bucket: "abc-s3alias" }, /-s3alias/],
      [{ Bucket: "abc--ol-s3" }, /--ol-s3/],
    ],
  },
  {
    call: "s3.PutBucketLifecycleConfiguration",
    good: lifecycle({ ...rule, Transitions: moves([30, "STANDARD_IA"], [90, "GLACIER"]), Expiration: { Days: 365 } }),
    also: [
      lifecycle({ ...rule, Transitions: moves([0, "INTELLIGENT_TIERING"]) }),
      lifecycle({ ...rule, AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } }),
      lifecycle({ ...rule, NoncurrentVersionExpiration: { NoncurrentDays: 1 } }),
    ],
    bad: [
      [lifecycle({ ...rule, ID: "x".repeat(256), Expiration: { Days: 1 } }), /at most 255/],
      [lifecycle(rule), /at least one action/],
      [lifecycle({ ...rule, Transitions: moves([29, "STANDARD_IA"]) }), /greater than or equal to 30/],
      [lifecycle({ ...rule, Transitions: moves([0, "ONEZONE_IA"]) }), /greater than or equal to 30/],
      [lifecycle({ ...rule, Transitions: moves([30, "STANDARD_IA"], [50, "GLACIER"]) }), /30 days more/],
      [lifecycle({ ...rule, Transitions: moves([30, "GLACIER"], [60, "STANDARD_IA"]) }), /must go down/],
      [lifecycle({ ...rule, Transitions: moves([30, "GLACIER"], [30, "DEEP_ARCHIVE"]) }), /growing/],
      [lifecycle({ ...rule, Transitions: moves([90, "GLACIER"]), Expiration: { Days: 90 } }), /must be greater than/],
      [lifecycle({ ...rule, Expiration: { Days: 0 } }), /from 1 to/],
      [lifecycle({ ...rule, Expiration: { Days: 1, ExpiredObjectDeleteMarker: true } }), /exactly one of Days/],
      [
        lifecycle({ ...rule, NoncurrentVersionTransitions: [{ NoncurrentDays: 5, StorageClass: "STANDARD_IA" }] }),
        /equal to 30/,
      ],
      [
        lifecycle({ ...rule, NoncurrentVersionExpiration: { NoncurrentDays: 1, NewerNoncurrentVersions: 101 } }),
        /to 100/,
      ],
      [lifecycle({ ...rule, Prefix: "a", Expiration: { Days: 1 } }), /one of Prefix, Filter/],
      [
        lifecycle({
          ...rule,
          Filter: { Tag: { Key: "a", Value: "b" } },
          AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
        }),
        /cannot be specified with tags/,
      ],
      [{ LifecycleConfiguration: { Rules: [] } }, /one at least/],
      [
        { LifecycleConfiguration: { Rules: [1, 2].map(() => ({ ...rule, Expiration: { Days: 1 } })) } },
        /must not repeat rule ids/,
      ],
    ],
  },
  {
    call: "s3.PutBucketPolicy",
    good: { Bucket: "b", Policy: policy(read) },
    also: [
      { Policy: policy({ Action: "s3:*", Resource: ["arn:aws:s3:::b", "arn:aws:s3:::b/*"] }) },
      { Policy: policy({ Action: "s3:ListBucket", Resource: "arn:aws:s3:::b", Sid: "With spaces" }) },
    ],
    bad: [
      [{ Policy: policy({ ...read, Resource: "arn:aws:s3:::other/*" }) }, /invalid resource/],
      [{ Policy: policy({ ...read, Resource: "arn:aws:s3:::b" }) }, /GetObject does not apply/],
      [{ Policy: policy({ ...read, Action: "s3:ListBucket" }) }, /ListBucket does not apply/],
      [{ Policy: policy({ ...read, Principal: undefined }) }, /must have Principal/],
      [{ Policy: policy({ ...read, Sid: "x".repeat(20_480) }) }, /at most 20480 bytes/],
      [{ Policy: "{" }, /in JSON/],
    ],
  },
  {
    call: "s3.PutBucketEncryption",
    good: encryption({ SSEAlgorithm: "aws:kms", KMSMasterKeyID: "arn:aws:kms:r:1:key/x" }),
    also: [encryption({ SSEAlgorithm: "AES256" })],
    bad: [
      [encryption({ SSEAlgorithm: "AES256", KMSMasterKeyID: "x" }), /aws:kms only/],
      [{ ServerSideEncryptionConfiguration: { Rules: [] } }, /exactly one rule/],
    ],
  },
  {
    call: "s3.PutObjectLockConfiguration",
    good: lock({ Mode: "GOVERNANCE", Days: 1 }),
    bad: [
      [lock({ Mode: "GOVERNANCE" }), /exactly one of Days, Years/],
      [lock({ Mode: "GOVERNANCE", Days: 1, Years: 1 }), /exactly one of Days, Years/],
      [lock({ Mode: "GOVERNANCE", Days: 36_501 }), /to 36500/],
      [lock({ Mode: "GOVERNANCE", Years: 101 }), /to 100/],
      [lock({ Days: 1 }), /must have a mode/],
    ],
  },
  {
    call: "s3.PutObject",
    good: { Key: "a/b", Metadata: { a: "b" }, Tagging: "a=b", SSEKMSKeyId: "k", ServerSideEncryption: "aws:kms" },
    bad: [
      [{ Key: "é".repeat(513) }, /1024 bytes/],
      [{ Metadata: { a: "b".repeat(2048) } }, /2 KB/],
      [{ Tagging: Array.from({ length: 11 }, (_, i) => `k${i}=v`).join("&") }, /10 tags/],
      [{ ServerSideEncryption: "AES256" }, /aws:kms only/],
    ],
  },
  {
    call: "s3.PutBucketTagging",
    good: { Tagging: { TagSet: [{ Key: "a", Value: "b" }] } },
    bad: [
      [{ Tagging: { TagSet: [{ Key: "aws:a", Value: "b" }] } }, /must not begin with aws:/],
      [{ Tagging: { TagSet: Array.from({ length: 51 }, (_, i) => ({ Key: `k${i}`, Value: "" })) } }, /at most 50/],
    ],
  },
  {
    call: "kms.TagResource",
    good: { Tags: [{ TagKey: "team:a/b", TagValue: "é ok_.:/=+-@" }] },
    bad: [
      [{ Tags: [{ TagKey: "k".repeat(129), TagValue: "" }] }, /1 to 128/],
      [{ Tags: [{ TagKey: "k", TagValue: "v".repeat(257) }] }, /at most 256/],
      [{ Tags: [{ TagKey: "a#b", TagValue: "" }] }, /letters, digits, spaces/],
      [{ Tags: [{ TagKey: "k", TagValue: "a,b" }] }, /letters, digits, spaces/],
    ],
  },
  {
    call: "dynamodb.CreateTable",
    good: {
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      BillingMode: "PAY_PER_REQUEST",
    },
    also: [{ BillingMode: "PROVISIONED", ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 } }],
    bad: [
      [{ AttributeDefinitions: [{ AttributeName: "other", AttributeType: "S" }] }, /exactly the attributes of the key/],
      [{ KeySchema: [{ AttributeName: "id", KeyType: "RANGE" }] }, /HASH key, then a RANGE/],
      [{ BillingMode: undefined }, /needs ProvisionedThroughput/],
      [{ ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 } }, /not possible with PAY_PER_REQUEST/],
    ],
  },
];

judgeAll(CASES);
