import { at, isOn, numberAt } from "../resource";
import { unless, type Rule } from "../rule";
import { findings, isPublic, matches, type Statement } from "../statements";

const KEY = "aws:kms/key:Key";
/** Shortest wait that KMS offers, in days (API reference, `ScheduleKeyDeletion`). */
const SHORTEST_WAIT_DAYS = 7;

/** Work with what a key encrypts, and the way to hand it on. */
const USE = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:CreateGrant"];

/** The action by which a statement opens data to whomever IAM allows; undefined if a condition says who that is. */
function openUse(one: Statement): string | undefined {
  // In a key policy the account itself stands for everybody in it whom IAM allows.
  const account = one.principals.some((principal) => /^(\*|\d{12}|arn:[^:]+:iam::\d{12}:root)$/.test(principal));
  const narrowed = Object.values(one.conditions).some((keys) => "aws:principalarn" in keys);
  if (!one.allows || !account || narrowed) return undefined;
  return USE.find((action) => one.actions.some((pattern) => matches(pattern.toLowerCase(), action.toLowerCase())));
}

/** Keys; who may decrypt by all of them is a rule of identities (rules/iam.ts). */
export const KMS_RULES: readonly Rule[] = [
  {
    id: "KMS.3",
    aliases: [],
    title: "A key is not deleted by mistake",
    remedy: "Leave deletionWindowInDays at 7 or more, and the check against a policy that locks everybody out on.",
    types: [KEY],
    reads: "resource",
    check: (key) => {
      const wait = numberAt(key, "deletionWindowInDays");
      return [
        ...unless(
          wait === undefined || wait >= SHORTEST_WAIT_DAYS,
          `its deletion can be stopped for ${String(wait)} days only`,
        ),
        ...unless(!isOn(key, "bypassPolicyLockoutSafetyCheck"), "its policy may lock everybody out"),
      ];
    },
  },
  {
    id: "KMS.4",
    aliases: ["AwsSolutions-KMS5", "CKV_AWS_7"],
    title: "A key is rotated",
    remedy: "Set enableKeyRotation (EncryptionKey does).",
    types: [KEY],
    reads: "resource",
    check: (key) => {
      const spec = at(key, "customerMasterKeySpec") ?? "SYMMETRIC_DEFAULT";
      return unless(
        spec !== "SYMMETRIC_DEFAULT" || isOn(key, "enableKeyRotation"),
        "its material stays the same for ever",
      );
    },
  },
  {
    id: "KMS.5",
    aliases: ["CKV_AWS_33"],
    title: "A key is not open to the public",
    remedy: "Name the principals, or tie the statement to the account by kms:CallerAccount.",
    types: [KEY],
    reads: "resource",
    check: (key) =>
      // Without a policy KMS writes one that leaves everything to the account's own IAM.
      at(key, "policy") === undefined
        ? []
        : findings(at(key, "policy"), (one) =>
            isPublic(one) ? `statement ${one.sid} lets everybody do ${one.actions.join(", ")}` : undefined,
          ),
  },
  {
    id: "KMS-LeastPrivilege",
    aliases: [],
    title: "A key's policy says who works with its data",
    remedy: "Give EncryptionKey the roles (KEY_USERS); leave to the account the key's administration alone.",
    types: [KEY],
    reads: "resource",
    check: (key) =>
      findings(at(key, "policy"), (one) => {
        const action = openUse(one);
        return action === undefined ? undefined : `statement ${one.sid} lets the whole account do ${action}`;
      }),
  },
  {
    id: "CKV_AWS_227",
    aliases: [],
    title: "A key can be used",
    remedy: "Leave isEnabled on: what is encrypted by a disabled key cannot be read.",
    types: [KEY],
    reads: "resource",
    check: (key) => unless(at(key, "isEnabled") !== false, "it is disabled"),
  },
];
