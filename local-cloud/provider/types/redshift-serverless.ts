/** Redshift Serverless. An update changes one thing at a time: the API refuses more in one request. */
import type { Props } from "../mapping";
import type { Request, TypeSpec } from "../request";
import { inState, plain } from "./plain";

/** Sends one update for each group of properties that has changed, and waits after each. */
async function updateEach(
  r: Request,
  call: string,
  groups: readonly string[],
  body: (r: Request) => Props,
): Promise<void> {
  for (const group of groups) {
    const properties = group.split(" ");
    if (!r.changed(...properties)) continue;
    const wanted = body(r);
    // What is no longer asked for keeps its value, as with the official provider.
    const given = Object.fromEntries(
      properties.filter((property) => wanted[property] !== undefined).map((property) => [property, wanted[property]]),
    );
    if (Object.keys(given).length === 0) continue;
    await r.ask(call, given);
    await settled(r);
  }
}

const settled = (r: Request): Promise<void> => inState(r, "Redshift Serverless resource", /^AVAILABLE$/, "status");

const NAMESPACE_UPDATES = [
  "adminUsername manageAdminPassword adminUserPassword adminPasswordSecretKmsKeyId",
  "defaultIamRoleArn iamRoles",
  "kmsKeyId",
  "logExports",
] as const;

const namespaceBody = (r: Request): Props => {
  const off = r.oldInputs["manageAdminPassword"] === true && r.inputs["manageAdminPassword"] !== true;
  const roles = r.oldInputs["iamRoles"] !== undefined && r.inputs["iamRoles"] === undefined ? { iamRoles: [] } : {};
  return { ...r.inputs, ...roles, ...(off ? { manageAdminPassword: false } : {}) };
};

const namespaceOutputs = (found: Props): Props => ({
  arn: found["namespaceArn"],
  namespaceId: found["namespaceId"],
  kmsKeyId: found["kmsKeyId"],
  ...(found["adminPasswordSecretArn"] === undefined ? {} : { adminPasswordSecretArn: found["adminPasswordSecretArn"] }),
});

/** Roles come back as `IamRole(applyStatus=in-sync, iamRoleArn=arn:…)`. */
const roleArn = (role: unknown): string => /iamRoleArn=(arn:[^),]+)/.exec(String(role))?.[1] ?? String(role);

const namespace = plain({
  service: "redshift-serverless",
  props:
    "namespaceName! adminUsername adminUserPassword manageAdminPassword adminPasswordSecretKmsKeyId dbName! " +
    "defaultIamRoleArn iamRoles kmsKeyId logExports tags",
  create: "CreateNamespace.namespace.namespaceName",
  read: "GetNamespace(namespaceName).namespace",
  delete: "DeleteNamespace(namespaceName)",
  settle: settled,
});

const WORKGROUP_UPDATES = [
  "baseCapacity pricePerformanceTarget",
  "maxCapacity",
  "configParameters",
  "enhancedVpcRouting",
  "port",
  "publiclyAccessible",
  "securityGroupIds",
  "subnetIds",
  "trackName",
] as const;

/** Pulumi's `{enabled, level}` as the API's `{status, level}`. */
const target = (r: Request): Props => {
  const wanted = r.inputs["pricePerformanceTarget"] as { enabled?: boolean; level?: number } | undefined;
  if (wanted === undefined) return {};
  const level = wanted.level === undefined ? {} : { level: wanted.level };
  return { pricePerformanceTarget: { status: wanted.enabled === true ? "ENABLED" : "DISABLED", ...level } };
};

const workgroupOutputs = (found: Props): Props => ({
  arn: found["workgroupArn"],
  workgroupId: found["workgroupId"],
  endpoints: [found["endpoint"]],
});

const workgroup = plain({
  service: "redshift-serverless",
  props:
    "workgroupName! namespaceName! baseCapacity maxCapacity configParameters enhancedVpcRouting port " +
    "pricePerformanceTarget* publiclyAccessible securityGroupIds subnetIds trackName tags",
  create: "CreateWorkgroup.workgroup.workgroupName",
  read: "GetWorkgroup(workgroupName).workgroup",
  delete: "DeleteWorkgroup(workgroupName)",
  more: target,
  settle: settled,
});

const readNamespace = async (r: Request): Promise<Props> => (await namespace.read(r)) as Props;
const readWorkgroup = async (r: Request): Promise<Props> => (await workgroup.read(r)) as Props;

export const redshiftServerlessTypes: Record<string, TypeSpec> = {
  "aws:redshiftserverless/namespace:Namespace": {
    ...namespace,
    create: async (r) => {
      const made = await namespace.create(r);
      return { ...namespaceOutputs(await readNamespace(r)), ...made };
    },
    read: async (r) => {
      const found = await readNamespace(r);
      const iamRoles = ((found["iamRoles"] ?? []) as unknown[]).map(roleArn);
      return {
        ...found,
        iamRoles,
        ...(found["adminPasswordSecretArn"] === undefined ? {} : { manageAdminPassword: true }),
      };
    },
    update: async (r) => {
      await updateEach(r, "UpdateNamespace(namespaceName)", NAMESPACE_UPDATES, namespaceBody);
      return namespaceOutputs(await readNamespace(r));
    },
    delete: async (r) => {
      await namespace.delete(r);
      await inState(r, "namespace", /^gone$/, "status");
    },
  },
  "aws:redshiftserverless/workgroup:Workgroup": {
    ...workgroup,
    create: async (r) => {
      const made = await workgroup.create(r);
      return { ...workgroupOutputs(await readWorkgroup(r)), ...made };
    },
    read: async (r) => {
      const found = await readWorkgroup(r);
      const { status, level } = (found["pricePerformanceTarget"] ?? {}) as Props;
      return { ...found, pricePerformanceTarget: { enabled: status === "ENABLED", level } };
    },
    update: async (r) => {
      const body = (): Props => ({ ...r.inputs, ...target(r) });
      await updateEach(r, "UpdateWorkgroup(workgroupName)", WORKGROUP_UPDATES, body);
      return workgroupOutputs(await readWorkgroup(r));
    },
    delete: async (r) => {
      await workgroup.delete(r);
      await inState(r, "workgroup", /^gone$/, "status");
    },
  },
  "aws:redshiftserverless/usageLimit:UsageLimit": plain({
    service: "redshift-serverless",
    props: "resourceArn! usageType! period! amount breachAction",
    create: "CreateUsageLimit.usageLimit.usageLimitId",
    read: "GetUsageLimit(usageLimitId).usageLimit",
    update: "UpdateUsageLimit(usageLimitId)",
    delete: "DeleteUsageLimit(usageLimitId)",
    outs: (r) => ({
      arn: r.arn("redshift-serverless", `usagelimit/${r.id}`),
      breachAction: r.inputs["breachAction"] ?? "log",
      period: r.inputs["period"] ?? "monthly",
    }),
  }),
};
