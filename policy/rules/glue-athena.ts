import { isOn, numberAt, textAt } from "../resource";
import { unless, type Rule } from "../rule";

const JOB = "aws:glue/job:Job";
const SECURITY = "aws:glue/securityConfiguration:SecurityConfiguration";
const WORKGROUP = "aws:athena/workgroup:Workgroup";
/** Oldest version that Glue.4 accepts (`minimumSupportedGlueVersion` of the control). */
const OLDEST_GLUE = 3;

/** Modes that encrypt, by the part of a security configuration. */
const PARTS = [
  { part: "s3Encryption", mode: "s3EncryptionMode", key: "kmsKeyArn" },
  { part: "cloudwatchEncryption", mode: "cloudwatchEncryptionMode", key: "kmsKeyArn" },
  { part: "jobBookmarksEncryption", mode: "jobBookmarksEncryptionMode", key: "kmsKeyArn" },
] as const;

type Part = (typeof PARTS)[number]["part"];

function encrypts(part: Part): Rule["check"] {
  return (security) => {
    const known = PARTS.filter((one) => one.part === part);
    return known.flatMap(({ mode, key }) => {
      const chosen = textAt(security, `encryptionConfiguration.${part}.${mode}`);
      const by = textAt(security, `encryptionConfiguration.${part}.${key}`);
      return unless(
        (chosen === "SSE-KMS" || chosen === "CSE-KMS") && by !== undefined,
        `${part} is ${chosen ?? "not set"}${by === undefined ? ", by no key of the customer" : ""}`,
      );
    });
  };
}

/** Glue's jobs and their security configurations, Athena's workgroups. */
export const GLUE_ATHENA_RULES: readonly Rule[] = [
  {
    id: "Glue.4",
    aliases: [],
    title: "A Spark job runs on a version of Glue that is supported",
    remedy: "Set clickstream:glueVersion to 5.1 or later.",
    types: [JOB],
    reads: "resource",
    check: (job) => {
      const version = numberAt(job, "glueVersion");
      return unless(version !== undefined && version >= OLDEST_GLUE, `Glue version ${String(version ?? "is not set")}`);
    },
  },
  {
    id: "CKV_AWS_195",
    aliases: [],
    title: "A job has a security configuration",
    remedy: "Set securityConfiguration (GlueJob makes one a job).",
    types: [JOB],
    reads: "resource",
    check: (job) =>
      unless(
        textAt(job, "securityConfiguration") !== undefined,
        "nothing says how it encrypts output, logs, bookmarks",
      ),
  },
  {
    id: "CKV_AWS_99",
    aliases: [],
    title: "A security configuration encrypts what jobs write to S3",
    remedy: "Set s3Encryption to SSE-KMS with the layer's key.",
    types: [SECURITY],
    reads: "resource",
    check: encrypts("s3Encryption"),
  },
  {
    id: "AwsSolutions-GL1",
    aliases: [],
    title: "A security configuration encrypts the jobs' logs",
    remedy: "Set cloudwatchEncryption to SSE-KMS with the layer's key.",
    types: [SECURITY],
    reads: "resource",
    check: encrypts("cloudwatchEncryption"),
  },
  {
    id: "AwsSolutions-GL3",
    aliases: [],
    title: "A security configuration encrypts the jobs' bookmarks",
    remedy: "Set jobBookmarksEncryption to CSE-KMS with the layer's key.",
    types: [SECURITY],
    reads: "resource",
    check: encrypts("jobBookmarksEncryption"),
  },
  {
    id: "Athena.4",
    aliases: [],
    title: "A workgroup publishes its metrics",
    remedy: "Set publishCloudwatchMetricsEnabled.",
    types: [WORKGROUP],
    reads: "resource",
    check: (group) =>
      // AWS's default is on, but only what is said is what stays.
      unless(isOn(group, "configuration.publishCloudwatchMetricsEnabled"), "its queries' metrics are not published"),
  },
  {
    id: "AwsSolutions-ATH1",
    aliases: ["CKV_AWS_159"],
    title: "A workgroup encrypts query results",
    remedy: "Set resultConfiguration.encryptionConfiguration with a key.",
    types: [WORKGROUP],
    reads: "resource",
    check: (group) =>
      unless(
        textAt(group, "configuration.resultConfiguration.encryptionConfiguration.encryptionOption") !== undefined,
        "results of its queries are not encrypted by the workgroup",
      ),
  },
  {
    id: "CKV_AWS_82",
    aliases: [],
    title: "A workgroup's settings bind its users",
    remedy: "Set enforceWorkgroupConfiguration.",
    types: [WORKGROUP],
    reads: "resource",
    check: (group) =>
      unless(
        isOn(group, "configuration.enforceWorkgroupConfiguration"),
        "who queries may choose another place and no encryption for the results",
      ),
  },
];
