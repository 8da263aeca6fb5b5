/** Lake Formation: LF-tags and where they are, registered locations, grants, opt-ins. */
import { isRecord, type Props } from "../mapping";
import type { Request, TypeSpec } from "../request";

/** Members of the API's `Resource` by Pulumi's names of them; each type takes some. */
const KINDS = {
  database: "Database",
  dataLocation: "DataLocation",
  lfTagPolicy: "LFTagPolicy",
  table: "Table",
  tableWithColumns: "TableWithColumns",
} as const;

/** A nested value as the API has it, where Pulumi's differs by more than the names. */
function member(kind: keyof typeof KINDS, given: Props): Props {
  const { wildcard, excludedColumnNames, arn, expressions, ...same } = given;
  if (kind === "dataLocation") return { ...same, ResourceArn: arn };
  if (kind === "lfTagPolicy") {
    const conditions = (expressions as Props[]).map(({ key, values }) => ({ TagKey: key, TagValues: values }));
    return { ...same, Expression: conditions };
  }
  if (wildcard !== true) return same;
  if (kind === "table") return { ...same, TableWildcard: {} };
  return { ...same, ColumnWildcard: excludedColumnNames === undefined ? {} : { excludedColumnNames } };
}

/** What of the inputs is the API's `Resource`. */
function resource(inputs: Props): Props {
  const given = Object.entries(KINDS).flatMap(([property, api]): [string, Props][] => {
    const value = inputs[property];
    return isRecord(value) ? [[api, member(property as keyof typeof KINDS, value)]] : [];
  });
  return Object.fromEntries(given);
}

const catalogId = (r: Request): Props => ({ CatalogId: r.inputs["catalogId"] });

/** Ids of things that AWS gives none: what they are about, in one text. */
const idOf = (...parts: unknown[]): string => parts.map((part) => JSON.stringify(part)).join("/");

const tagPairs = (tags: unknown): Props[] =>
  (tags as Props[]).map(({ key, value, catalogId: CatalogId }) => ({
    TagKey: key,
    TagValues: [value],
    ...(CatalogId === undefined ? {} : { CatalogId }),
  }));

/** Tags that the call of `GetResourceLFTags` shows; columns have the same ones each, or they have drifted. */
function shownPairs(answer: Props): Props[] {
  const [first] = (answer["LFTagsOnColumns"] ?? []) as Props[];
  const own = answer["LFTagOnDatabase"] ?? answer["LFTagsOnTable"] ?? first?.["LFTags"] ?? [];
  return (own as { TagKey: string; TagValues: string[] }[]).map(({ TagKey, TagValues }) => ({
    key: TagKey,
    value: TagValues[0],
  }));
}

const ordered = (tags: readonly Props[]): Props[] =>
  [...tags].sort((one, other) => (String(one["key"]) < String(other["key"]) ? -1 : 1));

const tag: TypeSpec = {
  service: "lakeformation",
  props: "catalogId! key!=TagKey values=TagValues",
  maps: "CreateLFTag",
  create: async (r) => {
    await r.call("CreateLFTag", r.map());
    return { id: `${r.account}:${r.str("key")}` };
  },
  read: async (r) => {
    const { TagKey, TagValues } = await r.call("GetLFTag", { ...catalogId(r), TagKey: r.str("key") });
    return { key: TagKey, values: TagValues };
  },
  update: (r) => {
    const before = r.oldInputs["values"] as string[];
    const after = r.inputs["values"] as string[];
    const some = (values: string[]): string[] | undefined => (values.length === 0 ? undefined : values);
    return r.call("UpdateLFTag", {
      ...catalogId(r),
      TagKey: r.str("key"),
      TagValuesToAdd: some(after.filter((value) => !before.includes(value))),
      TagValuesToDelete: some(before.filter((value) => !after.includes(value))),
    });
  },
  delete: (r) => r.call("DeleteLFTag", { ...catalogId(r), TagKey: r.str("key") }),
  outs: (r) => ({ catalogId: r.inputs["catalogId"] ?? r.account }),
};

const assigned: TypeSpec = {
  service: "lakeformation",
  props: "catalogId!* database!* lfTags!* table!* tableWithColumns!*",
  create: async (r) => {
    const LFTags = tagPairs(r.inputs["lfTags"]);
    const answer = (await r.ask("AddLFTagsToResource", {
      ...catalogId(r),
      Resource: resource(r.inputs),
      LFTags,
    })) as Props;
    const [failure] = (answer["Failures"] ?? []) as Props[];
    if (failure !== undefined) throw new Error(`the tag could not be given: ${JSON.stringify(failure["Error"])}`);
    return { id: idOf(resource(r.inputs), r.inputs["lfTags"]) };
  },
  read: async (r) => {
    const asked = { ...catalogId(r), Resource: resource(r.inputs), ShowAssignedLFTags: true };
    const keys = ((r.inputs["lfTags"] ?? []) as Props[]).map(({ key }) => key);
    // Others may have given the same thing other tags.
    const own = shownPairs((await r.ask("GetResourceLFTags", asked)) as Props).filter(({ key }) => keys.includes(key));
    return own.length === 0 ? undefined : { lfTags: ordered(own) };
  },
  delete: (r) =>
    r.ask("RemoveLFTagsFromResource", {
      ...catalogId(r),
      Resource: resource(r.inputs),
      LFTags: tagPairs(r.inputs["lfTags"]),
    }),
};

const location: TypeSpec = {
  service: "lakeformation",
  props: "arn!=ResourceArn hybridAccessEnabled! roleArn! useServiceLinkedRole!",
  maps: "RegisterResource",
  create: async (r) => {
    await r.call("RegisterResource", r.map());
    return { id: r.str("arn") };
  },
  read: async (r) => {
    const { ResourceInfo } = await r.call("DescribeResource", { ResourceArn: r.id });
    const { RoleArn, HybridAccessEnabled } = ResourceInfo as Props;
    return { arn: r.id, roleArn: RoleArn, hybridAccessEnabled: HybridAccessEnabled };
  },
  delete: (r) => r.call("DeregisterResource", { ResourceArn: r.id }),
};

const grantee = (r: Request): Props => ({ DataLakePrincipalIdentifier: r.str("principal") });

const permissions: TypeSpec = {
  service: "lakeformation",
  props:
    "catalogId! database!* dataLocation!* lfTagPolicy!* permissions! permissionsWithGrantOptions!=PermissionsWithGrantOption " +
    "principal!* table!* tableWithColumns!*",
  maps: "GrantPermissions",
  create: async (r) => {
    await r.ask("GrantPermissions", { ...r.map(), Principal: grantee(r), Resource: resource(r.inputs) });
    return { id: idOf(r.inputs["principal"], resource(r.inputs)) };
  },
  read: async (r) => {
    const asked = { ...catalogId(r), Principal: grantee(r), Resource: resource(r.inputs) };
    const found = (await r.ask("ListPermissions.PrincipalResourcePermissions.0", asked)) as Props | undefined;
    return found && { permissions: found["Permissions"], principal: r.str("principal") };
  },
  delete: (r) => r.ask("RevokePermissions", { ...r.map(), Principal: grantee(r), Resource: resource(r.inputs) }),
};

/** The one principal and the one resource of an opt-in, which Pulumi has lists of. */
function optIn(r: Request): Props {
  const [principal] = r.inputs["principals"] as Props[];
  const [data] = r.inputs["resourceDatas"] as Props[];
  return {
    Principal: { DataLakePrincipalIdentifier: principal?.["dataLakePrincipalIdentifier"] },
    Resource: resource(data ?? {}),
  };
}

const optIns: TypeSpec = {
  service: "lakeformation",
  props: "principals!* resourceDatas!*",
  create: async (r) => {
    await r.ask("CreateLakeFormationOptIn", optIn(r));
    return { id: idOf(r.inputs["principals"], r.inputs["resourceDatas"]) };
  },
  read: async (r) => {
    const found = await r.ask("ListLakeFormationOptIns.LakeFormationOptInsInfoList.0", optIn(r));
    return found === undefined ? undefined : {};
  },
  delete: (r) => r.ask("DeleteLakeFormationOptIn", optIn(r)),
};

export const lakeFormationTypes: Record<string, TypeSpec> = {
  "aws:lakeformation/lfTag:LfTag": tag,
  "aws:lakeformation/optIn:OptIn": optIns,
  "aws:lakeformation/permissions:Permissions": permissions,
  "aws:lakeformation/resource:Resource": location,
  "aws:lakeformation/resourceLfTags:ResourceLfTags": assigned,
};
