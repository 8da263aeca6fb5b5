/**
 * S3. AWS pages: "General purpose bucket naming rules", "Lifecycle configuration elements", "Transitioning objects using
 * Amazon S3 Lifecycle", "Configuring S3 Object Lock", "Creating object key names", "Categorizing your objects using tags".
 */
import type { Props } from "../mapping";
import {
  atMost,
  between,
  bytes,
  type Check,
  distinct,
  inspect,
  list,
  matches,
  onlyOne,
  type Problems,
  type Rules,
  where,
  within,
} from "./check";
import { policy } from "./policies";

/** Storage classes in the order in which objects may move; each move goes down. */
const WATERFALL = ["STANDARD_IA", "INTELLIGENT_TIERING", "ONEZONE_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"];
const INFREQUENT = ["STANDARD_IA", "ONEZONE_IA"];
const ARCHIVES = ["GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"];
/** Days that S3 bills an infrequent-access object for at least, and asks for before and after. */
const IA_DAYS = 30;

/** Moves of one kind (of current or of old versions) and the expiry after them. */
function* moveProblems(moves: Props[], member: string, expiry: unknown): Problems {
  const days = (move: Props): number => Number(move[member] ?? 0);
  const rank = (move: Props): number => WATERFALL.indexOf(String(move["StorageClass"]));
  const sorted = moves
    .filter((move) => move[member] !== undefined)
    .sort((a, b) => days(a) - days(b) || rank(a) - rank(b));
  for (const [i, move] of sorted.entries()) {
    const storage = String(move["StorageClass"]);
    if (INFREQUENT.includes(storage) && days(move) < IA_DAYS)
      yield `'${member}' in Transition action must be greater than or equal to ${IA_DAYS} for storageClass '${storage}'`;
    if (typeof expiry === "number" && expiry <= days(move))
      yield `'${member}' in the Expiration action must be greater than '${member}' in the Transition action (${days(move)})`;
    const before = sorted[i - 1];
    if (before === undefined) continue;
    if (days(before) === days(move) || rank(before) >= rank(move))
      yield `transitions must go down ${WATERFALL.join(" > ")} with growing '${member}'`;
    else if (
      INFREQUENT.includes(String(before["StorageClass"])) &&
      ARCHIVES.includes(storage) &&
      days(move) - days(before) < IA_DAYS
    )
      yield `'${member}' for storageClass '${storage}' must be ${IA_DAYS} days more than for '${String(before["StorageClass"])}'`;
  }
}

const ACTIONS = [
  "Expiration",
  "Transitions",
  "NoncurrentVersionExpiration",
  "NoncurrentVersionTransitions",
  "AbortIncompleteMultipartUpload",
];

/** A rule of the lifecycle; `filtered` is whether it picks objects by tag or size, which some actions cannot. */
function* lifecycleProblems(value: unknown): Problems {
  const rule = value as Props;
  const part = (name: string): Props => (rule[name] ?? {}) as Props;
  if (!ACTIONS.some((action) => rule[action] !== undefined))
    yield "at least one action needs to be specified in a rule";
  const filter = part("Filter");
  const filtered = Object.keys(filter).some((key) => !["Prefix"].includes(key));
  const expiry = part("Expiration");
  if (filtered && rule["AbortIncompleteMultipartUpload"] !== undefined)
    yield "AbortIncompleteMultipartUpload cannot be specified with tags or sizes";
  if (filtered && expiry["ExpiredObjectDeleteMarker"] !== undefined)
    yield "ExpiredObjectDeleteMarker cannot be specified with tags or sizes";
  yield* moveProblems(list(rule["Transitions"]) as Props[], "Days", expiry["Days"]);
  const old = part("NoncurrentVersionExpiration")["NoncurrentDays"];
  yield* moveProblems(list(rule["NoncurrentVersionTransitions"]) as Props[], "NoncurrentDays", old);
}

const LIFECYCLE: readonly Check[] = [
  where("", "must have at most 1000 rules, and one at least", (value) => {
    const { length } = list((value as Props)["Rules"]);
    return length > 0 && length <= 1000;
  }),
  distinct("Rules", ({ ID }) => ID, "rule ids"),
  within("Rules.*", [
    where("ID", "must have at most 255 characters", (id) => String(id).length <= 255),
    onlyOne("", ["Prefix", "Filter"]),
    onlyOne("Filter", ["Prefix", "Tag", "ObjectSizeGreaterThan", "ObjectSizeLessThan", "And"]),
    onlyOne("Expiration", ["Days", "Date", "ExpiredObjectDeleteMarker"], true),
    onlyOne("Transitions.*", ["Days", "Date"], true),
    between("Expiration.Days", 1, 2 ** 31 - 1),
    between("Transitions.*.Days", 0, 2 ** 31 - 1),
    between("NoncurrentVersionExpiration.NoncurrentDays", 1, 2 ** 31 - 1),
    between("NoncurrentVersionExpiration.NewerNoncurrentVersions", 1, 100),
    between("AbortIncompleteMultipartUpload.DaysAfterInitiation", 1, 2 ** 31 - 1),
  ]),
  inspect("Rules.*", lifecycleProblems),
];

export const s3Rules: Rules = {
  CreateBucket: [
    matches(
      "Bucket",
      "must have 3 to 63 lower-case letters, digits, dots and hyphens, and begin and end with a letter or digit",
      /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
    ),
    matches("Bucket", "must not hold two adjacent periods", /^((?!\.\.).)*$/),
    matches("Bucket", "must not be formatted as an IP address", /^(?!\d{1,3}(\.\d{1,3}){3}$)/),
    matches("Bucket", "must not begin with xn--, sthree- or amzn-s3-demo-", /^(?!xn--|sthree-|amzn-s3-demo-)/),
    matches(
      "Bucket",
      "must not end with -s3alias, --ol-s3, .mrap, --x-s3 or --table-s3",
      /(?<!-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$/,
    ),
  ],
  PutBucketPolicy: [policy("Policy", "bucket")],
  PutBucketLifecycleConfiguration: [within("LifecycleConfiguration", LIFECYCLE)],
  PutBucketEncryption: [
    where(
      "ServerSideEncryptionConfiguration.Rules.*.ApplyServerSideEncryptionByDefault.KMSMasterKeyID",
      "is possible with aws:kms only",
      (_, { SSEAlgorithm }) => String(SSEAlgorithm).startsWith("aws:kms"),
    ),
    where(
      "ServerSideEncryptionConfiguration",
      "must have exactly one rule",
      (config) => list((config as Props)["Rules"]).length === 1,
    ),
  ],
  PutObjectLockConfiguration: [
    onlyOne("ObjectLockConfiguration.Rule.DefaultRetention", ["Days", "Years"], true),
    between("ObjectLockConfiguration.Rule.DefaultRetention.Days", 1, 36_500),
    between("ObjectLockConfiguration.Rule.DefaultRetention.Years", 1, 100),
    where(
      "ObjectLockConfiguration.Rule.DefaultRetention",
      "must have a mode",
      (retention) => (retention as Props)["Mode"] !== undefined,
    ),
  ],
  PutObject: [
    where("Key", "must have 1 to 1024 bytes", (key) => bytes(key) >= 1 && bytes(key) <= 1024),
    where(
      "Metadata",
      "must have at most 2 KB",
      (metadata) =>
        bytes(
          Object.entries(metadata as object)
            .flat()
            .join(""),
        ) <= 2048,
    ),
    where("Tagging", "must have at most 10 tags", (tags) => new URLSearchParams(String(tags)).size <= 10),
    where("SSEKMSKeyId", "is possible with aws:kms only", (_, { ServerSideEncryption }) =>
      /^(aws:kms|undefined)/.test(String(ServerSideEncryption)),
    ),
  ],
  PutBucketTagging: [atMost("Tagging.TagSet", 50)],
};
