/** KMS keys, IAM roles, secrets. */
import { type Props, text } from "../mapping";
import type { Request, TypeSpec } from "../request";
import { iamTagging } from "../tags";
import { isNew, plain, recreated } from "./plain";

/** Roles' own policies are `role:name`. */
const rolePolicy = (r: Request): { RoleName: string; PolicyName: string } => {
  const [RoleName, PolicyName] = r.id.split(":") as [string, string];
  return { RoleName, PolicyName };
};

/** AWS keeps policies URL-encoded. */
const decoded = (document: unknown): string => decodeURIComponent(String(document));

const managed = plain({
  service: "iam",
  props: "name!=PolicyName path! description! policy$=PolicyDocument tags",
  name: { property: "name", max: 128 },
  tagging: iamTagging("Policy", "PolicyArn"),
  create: "CreatePolicy.Policy.Arn",
  read: "GetPolicy(PolicyArn).Policy",
  delete: "DeletePolicy(PolicyArn)",
  outs: (r) => ({ arn: r.id }),
});

/** IAM keeps five versions at most, and deletes a policy only when its default is the last one: keeps the newest `most`. */
async function deleteVersions(r: Request, most: number): Promise<void> {
  const versions = ((await r.ask("ListPolicyVersions(PolicyArn).Versions")) ?? []) as Props[];
  const others = versions.filter((version) => version["IsDefaultVersion"] !== true);
  const age = ({ VersionId }: Props): number => Number(String(VersionId).slice(1));
  others.sort((a, b) => age(b) - age(a));
  for (const { VersionId } of others.slice(most - 1)) await r.ask("DeletePolicyVersion(PolicyArn)", { VersionId });
}

const oidc: TypeSpec = {
  ...plain({
    service: "iam",
    props: "url! clientIdLists=ClientIDList thumbprintLists=ThumbprintList tags*",
    create: "CreateOpenIDConnectProvider.OpenIDConnectProviderArn",
    read: "GetOpenIDConnectProvider(OpenIDConnectProviderArn)",
    delete: "DeleteOpenIDConnectProvider(OpenIDConnectProviderArn)",
    more: (r) => ({ Tags: Object.entries(r.tags).map(([Key, Value]) => ({ Key, Value })) }),
    outs: (r) => ({ arn: r.id }),
  }),
  // AWS answers without the scheme that it was asked with.
  read: async (r) => {
    const found = (await r.ask("GetOpenIDConnectProvider(OpenIDConnectProviderArn)")) as Props;
    return { ...found, Url: `https://${String(found["Url"]).replace(/^https:\/\//, "")}` };
  },
};

const key = plain({
  service: "kms",
  props:
    "description policy$ bypassPolicyLockoutSafetyCheck customerMasterKeySpec!=KeySpec keyUsage! multiRegion! " +
    "deletionWindowInDays~ enableKeyRotation* rotationPeriodInDays* isEnabled* tags",
  tagId: (r) => r.id,
  create: "CreateKey.KeyMetadata.KeyId",
  read: "DescribeKey(KeyId).KeyMetadata",
  update: { "UpdateKeyDescription(KeyId)": "description", "PutKeyPolicy(KeyId)": "policy" },
  delete: "ScheduleKeyDeletion(KeyId)",
  settle: async (r) => {
    const RotationPeriodInDays = r.inputs["rotationPeriodInDays"];
    const rotates = r.inputs["enableKeyRotation"] === true;
    if (rotates && r.changed("enableKeyRotation", "rotationPeriodInDays")) {
      await r.ask("EnableKeyRotation(KeyId)", { RotationPeriodInDays });
    } else if (!rotates && r.oldInputs["enableKeyRotation"] === true) await r.ask("DisableKeyRotation(KeyId)");
    if (r.changed("isEnabled")) await r.ask(`${r.inputs["isEnabled"] === false ? "Disable" : "Enable"}Key(KeyId)`);
  },
  outs: (r) => ({ arn: r.arn("kms", `key/${r.id}`), keyId: r.id, isEnabled: r.inputs["isEnabled"] ?? true }),
});

const alias = plain({
  service: "kms",
  props: "name!=AliasName targetKeyId",
  name: { property: "name", max: 256, prefix: "alias/" },
  create: "CreateAlias",
  read: "ListAliases",
  update: "UpdateAlias(AliasName)",
  delete: "DeleteAlias(AliasName)",
  outs: (r) => {
    const target = r.str("targetKeyId").split("/").at(-1) ?? "";
    return { arn: r.arn("kms", r.id), targetKeyArn: r.arn("kms", `key/${target}`) };
  },
});

const role = plain({
  service: "iam",
  props:
    "name!=RoleName path! assumeRolePolicy$=AssumeRolePolicyDocument description maxSessionDuration permissionsBoundary " +
    "forceDetachPolicies~ tags",
  name: { property: "name", max: 64 },
  tagId: (r) => r.id,
  create: "CreateRole",
  read: "GetRole(RoleName).Role",
  update: { "UpdateRole(RoleName)": "description maxSessionDuration" },
  delete: "DeleteRole(RoleName)",
  settle: async (r) => {
    if (isNew(r)) return;
    const { assumeRolePolicy: PolicyDocument, permissionsBoundary: PermissionsBoundary } = r.inputs;
    if (r.changed("assumeRolePolicy")) await r.ask("UpdateAssumeRolePolicy(RoleName)", { PolicyDocument });
    if (!r.changed("permissionsBoundary")) return;
    if (PermissionsBoundary === undefined) await r.ask("DeleteRolePermissionsBoundary(RoleName)");
    else await r.ask("PutRolePermissionsBoundary(RoleName)", { PermissionsBoundary });
  },
  outs: (r) => ({ arn: r.arn("iam", `role${text(r.inputs["path"]) || "/"}${r.id}`, "") }),
});

const secret = plain({
  service: "secretsmanager",
  props: "name! description kmsKeyId policy$* recoveryWindowInDays~ tags",
  name: { property: "name", max: 512 },
  create: "CreateSecret.ARN",
  read: "DescribeSecret(SecretId)",
  update: { "UpdateSecret(SecretId)": "description kmsKeyId" },
  delete: "DeleteSecret(SecretId)",
  settle: async (r) => {
    const ResourcePolicy = r.inputs["policy"];
    if (!r.changed("policy")) return;
    if (ResourcePolicy === undefined) await r.ask("DeleteResourcePolicy(SecretId)");
    else await r.ask("PutResourcePolicy(SecretId)", { ResourcePolicy });
  },
  outs: (r) => ({ arn: r.id }),
});

export const securityTypes: Record<string, TypeSpec> = {
  "aws:kms/key:Key": {
    ...key,
    read: async (r) => {
      const found = (await key.read(r)) ?? {};
      if (found["KeyState"] === "PendingDeletion") return undefined;
      const Policy = await r.ask("GetKeyPolicy(KeyId).Policy");
      const enableKeyRotation = await r.ask("GetKeyRotationStatus(KeyId).KeyRotationEnabled");
      return { ...found, Policy, enableKeyRotation, isEnabled: found["Enabled"] };
    },
    // AWS never deletes a key at once; 30 days is its own default.
    delete: (r) => r.ask("ScheduleKeyDeletion(KeyId)", { PendingWindowInDays: r.inputs["deletionWindowInDays"] ?? 30 }),
  },
  "aws:kms/alias:Alias": {
    ...alias,
    read: async (r) => {
      // KMS has no call for one alias; a page holds 100.
      for (let Marker: unknown, more = true; more;) {
        const page = await r.call("ListAliases", { Marker });
        const found = (page["Aliases"] as Props[]).find((one) => one["AliasName"] === r.id);
        // The target may have been asked for by ARN; AWS answers with the bare id.
        const asked = text(r.inputs["targetKeyId"]);
        const target = String(found?.["TargetKeyId"]);
        if (found !== undefined) return { name: r.id, targetKeyId: asked.endsWith(target) ? asked : target };
        Marker = page["NextMarker"];
        more = page["Truncated"] === true;
      }
      return undefined;
    },
  },
  "aws:iam/role:Role": {
    ...role,
    create: async (r) => {
      const made = await role.create(r);
      const { RoleId, CreateDate } = (await role.read(r)) ?? {};
      return { ...made, uniqueId: RoleId, createDate: CreateDate };
    },
    read: async (r) => {
      const found = (await role.read(r)) ?? {};
      const boundary = (found["PermissionsBoundary"] as Props | undefined)?.["PermissionsBoundaryArn"];
      const AssumeRolePolicyDocument = decoded(found["AssumeRolePolicyDocument"]);
      return { ...found, AssumeRolePolicyDocument, PermissionsBoundary: boundary };
    },
    delete: async (r) => {
      if (r.inputs["forceDetachPolicies"] === true) await detachPolicies(r);
      await role.delete(r);
    },
  },
  "aws:iam/rolePolicy:RolePolicy": {
    service: "iam",
    props: "name!=PolicyName role!=RoleName policy$=PolicyDocument",
    maps: "PutRolePolicy",
    name: { property: "name", max: 128 },
    create: async (r) => {
      await r.call("PutRolePolicy", r.map());
      return { id: `${r.str("role")}:${r.str("name")}` };
    },
    read: async (r) => {
      const { PolicyDocument } = await r.call("GetRolePolicy", rolePolicy(r));
      return { ...rolePolicy(r), PolicyDocument: decoded(PolicyDocument) };
    },
    update: (r) => r.call("PutRolePolicy", r.map()),
    delete: (r) => r.call("DeleteRolePolicy", rolePolicy(r)),
  },
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": {
    service: "iam",
    props: "role!=RoleName policyArn!",
    maps: "AttachRolePolicy",
    create: async (r) => {
      await r.call("AttachRolePolicy", r.map());
      return { id: `${r.str("role")}/${r.str("policyArn")}` };
    },
    read: async (r) => {
      const attached = await r.ask("ListAttachedRolePolicies(RoleName).AttachedPolicies", {}, r.str("role"));
      return (attached as Props[]).find(({ PolicyArn }) => PolicyArn === r.str("policyArn"));
    },
    delete: (r) => r.call("DetachRolePolicy", { RoleName: r.str("role"), PolicyArn: r.str("policyArn") }),
  },
  "aws:iam/policy:Policy": {
    ...managed,
    read: async (r) => {
      const found = (await managed.read(r)) ?? {};
      const VersionId = found["DefaultVersionId"];
      const document = await r.ask("GetPolicyVersion(PolicyArn).PolicyVersion.Document", { VersionId });
      return { ...found, PolicyDocument: decoded(document) };
    },
    update: async (r) => {
      await deleteVersions(r, 4);
      await r.ask("CreatePolicyVersion(PolicyArn)", { PolicyDocument: r.inputs["policy"], SetAsDefault: true });
    },
    delete: async (r) => {
      await deleteVersions(r, 1);
      await managed.delete(r);
    },
  },
  // The emulator has none of the calls that change a provider or its tags.
  "aws:iam/openIdConnectProvider:OpenIdConnectProvider": { ...oidc, update: recreated(oidc) },
  "aws:secretsmanager/secret:Secret": {
    ...secret,
    read: async (r) => {
      const found = await secret.read(r);
      return found?.["DeletedDate"] === undefined ? found : undefined;
    },
    delete: (r) => {
      // The official provider's meaning: 0 deletes at once, 30 days is AWS's own default.
      const days = r.inputs["recoveryWindowInDays"] ?? 30;
      const window = days === 0 ? { ForceDeleteWithoutRecovery: true } : { RecoveryWindowInDays: days };
      return r.ask("DeleteSecret(SecretId)", window);
    },
  },
  "aws:secretsmanager/secretVersion:SecretVersion": {
    service: "secretsmanager",
    props: "secretId! secretString! secretBinary!* versionStages!",
    maps: "PutSecretValue",
    create: async (r) => {
      const binary = r.inputs["secretBinary"];
      const SecretBinary = binary === undefined ? undefined : Buffer.from(text(binary), "base64");
      const { VersionId, VersionStages, ARN } = await r.call("PutSecretValue", { ...r.map(), SecretBinary });
      const id = `${r.str("secretId")}|${String(VersionId)}`;
      return { id, versionId: VersionId, versionStages: VersionStages, arn: ARN };
    },
    read: async (r) => {
      const [SecretId, VersionId] = r.id.split("|");
      const { SecretString, ARN } = await r.call("GetSecretValue", { SecretId, VersionId });
      return { secretString: SecretString, secretId: SecretId, arn: ARN };
    },
    // The current version cannot be taken from a secret; it goes with the secret itself, as with the official provider.
    delete: async () => undefined,
  },
};

async function detachPolicies(r: Request): Promise<void> {
  const attached = (await r.ask("ListAttachedRolePolicies(RoleName).AttachedPolicies")) as Props[] | undefined;
  for (const { PolicyArn } of attached ?? []) await r.ask("DetachRolePolicy(RoleName)", { PolicyArn });
  const own = (await r.ask("ListRolePolicies(RoleName).PolicyNames")) as string[] | undefined;
  for (const PolicyName of own ?? []) await r.ask("DeleteRolePolicy(RoleName)", { PolicyName });
}
