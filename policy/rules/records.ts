import { at, isOn, numberAt, textAt } from "../resource";
import { unless, type Rule } from "../rule";

const LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup";
const ALARMS = ["aws:cloudwatch/metricAlarm:MetricAlarm", "aws:cloudwatch/compositeAlarm:CompositeAlarm"];
const TABLE = "aws:dynamodb/table:Table";
const SECRET = "aws:secretsmanager/secret:Secret";
const TRAIL = "aws:cloudtrail/trail:Trail";
const A_YEAR = 365;

/** What is written down: logs, alarms, tables, secrets and the audit trail. */
export const RECORD_RULES: readonly Rule[] = [
  {
    id: "CKV_AWS_66",
    aliases: [],
    title: "A log group says how long it keeps logs",
    remedy: "Set retentionInDays.",
    types: [LOG_GROUP],
    reads: "resource",
    check: (group) => unless((numberAt(group, "retentionInDays") ?? 0) > 0, "its logs are kept for ever"),
  },
  {
    id: "CKV_AWS_338",
    aliases: [],
    title: "A log group keeps logs for a year",
    remedy: "Set retentionInDays to 365 or more.",
    types: [LOG_GROUP],
    reads: "resource",
    check: (group) => {
      const days = numberAt(group, "retentionInDays") ?? 0;
      // 0 is for ever, which CKV_AWS_66 is about.
      return unless(days === 0 || days >= A_YEAR, `its logs are kept for ${String(days)} days`);
    },
  },
  {
    id: "CKV_AWS_158",
    aliases: [],
    title: "A log group encrypts by a key of the customer",
    remedy: "Set kmsKeyId.",
    types: [LOG_GROUP],
    reads: "resource",
    check: (group) => unless(textAt(group, "kmsKeyId") !== undefined, "it is encrypted by no key of the customer"),
  },
  {
    id: "CKV_AWS_319",
    aliases: [],
    title: "An alarm acts",
    remedy: "Leave actionsEnabled on.",
    types: ALARMS,
    reads: "resource",
    check: (alarm) => unless(at(alarm, "actionsEnabled") !== false, "its actions are switched off"),
  },
  {
    id: "DynamoDB.2",
    aliases: ["AwsSolutions-DDB3", "CKV_AWS_28"],
    title: "A table can be restored to any point in time",
    remedy: "Set pointInTimeRecovery.enabled.",
    types: [TABLE],
    reads: "resource",
    check: (table) => unless(isOn(table, "pointInTimeRecovery.enabled"), "what is overwritten in it is lost"),
  },
  {
    id: "CKV_AWS_119",
    aliases: [],
    title: "A table encrypts by a key of the customer",
    remedy: "Set serverSideEncryption with kmsKeyArn.",
    types: [TABLE],
    reads: "resource",
    check: (table) =>
      unless(
        isOn(table, "serverSideEncryption.enabled") && textAt(table, "serverSideEncryption.kmsKeyArn") !== undefined,
        "it is encrypted by no key of the customer",
      ),
  },
  {
    id: "SecretsManager.1",
    aliases: ["AwsSolutions-SMG4"],
    title: "A secret is rotated",
    remedy: "Give the secret a SecretRotation.",
    types: [SECRET],
    reads: "stack",
    check: (secret, all) =>
      unless(
        all.naming("aws:secretsmanager/secretRotation:SecretRotation", "secretId", secret).length > 0,
        "nothing rotates it",
      ),
  },
  {
    id: "CloudTrail.1",
    aliases: ["CKV_AWS_67"],
    title: "A trail covers every region and all management events",
    remedy: "Set isMultiRegionTrail, leave enableLogging and includeGlobalServiceEvents on.",
    types: [TRAIL],
    reads: "resource",
    check: (trail) => [
      ...unless(isOn(trail, "isMultiRegionTrail"), "it covers one region"),
      ...unless(at(trail, "enableLogging") !== false, "it is switched off"),
      ...unless(at(trail, "includeGlobalServiceEvents") !== false, "it leaves IAM and STS out"),
    ],
  },
  {
    id: "CloudTrail.2",
    aliases: ["CKV_AWS_35"],
    title: "A trail encrypts by a key of the customer",
    remedy: "Set kmsKeyId.",
    types: [TRAIL],
    reads: "resource",
    check: (trail) => unless(textAt(trail, "kmsKeyId") !== undefined, "it is encrypted by no key of the customer"),
  },
  {
    id: "CloudTrail.4",
    aliases: ["CKV_AWS_36"],
    title: "A trail's files can be proved whole",
    remedy: "Set enableLogFileValidation.",
    types: [TRAIL],
    reads: "resource",
    check: (trail) =>
      unless(isOn(trail, "enableLogFileValidation"), "nothing shows that a file was changed or deleted"),
  },
  {
    id: "CloudTrail.5",
    aliases: [],
    title: "A trail reaches CloudWatch Logs",
    remedy: "Set cloudWatchLogsGroupArn and cloudWatchLogsRoleArn.",
    types: [TRAIL],
    reads: "resource",
    check: (trail) =>
      unless(
        textAt(trail, "cloudWatchLogsGroupArn") !== undefined && textAt(trail, "cloudWatchLogsRoleArn") !== undefined,
        "no alarm can be built on it",
      ),
  },
  {
    id: "CKV_AWS_252",
    aliases: [],
    title: "A trail tells of its files",
    remedy: "Set snsTopicName.",
    types: [TRAIL],
    reads: "resource",
    check: (trail) => unless(textAt(trail, "snsTopicName") !== undefined, "nobody is told when a file is delivered"),
  },
];
