/** The functions that programs call while they run. */
import { randomInt } from "node:crypto";
import type { Clients } from "./clients";
import { type Props, text } from "./mapping";

/** A minute is plenty for a read. */
const soon = (): number => Date.now() + 60_000;

async function getCallerIdentity(_: Props, clients: Clients): Promise<Props> {
  const { Account, Arn, UserId } = await clients.call("sts", "GetCallerIdentity", {}, soon());
  return { accountId: Account, arn: Arn, userId: UserId, id: Account };
}

async function getRegion(args: Props, clients: Clients): Promise<Props> {
  const region = text(args["region"]) || clients.region;
  return { region, name: region, id: region, endpoint: `ec2.${region}.amazonaws.com`, description: region };
}

async function getPartition(): Promise<Props> {
  return { partition: "aws", id: "aws", dnsSuffix: "amazonaws.com", reverseDnsPrefix: "com.amazonaws" };
}

const one = (values: unknown): unknown =>
  Array.isArray(values) && values.length === 1 ? (values[0] as unknown) : values;

/** `[{type, identifiers}]` as a policy's `Principal`. */
function principals(list: unknown): unknown {
  const entries = (list as { type: string; identifiers: string[] }[]).map(({ type, identifiers }) => [
    type,
    one(identifiers),
  ]);
  return entries.length === 1 && entries[0]?.[0] === "*" ? "*" : Object.fromEntries(entries);
}

function conditions(list: unknown): Record<string, Record<string, unknown>> {
  const result: Record<string, Record<string, unknown>> = {};
  for (const { test, variable, values } of list as { test: string; variable: string; values: string[] }[]) {
    (result[test] ??= {})[variable] = one(values);
  }
  return result;
}

async function getPolicyDocument(args: Props): Promise<Props> {
  const rename: Readonly<Record<string, [string, (value: unknown) => unknown]>> = {
    sid: ["Sid", (value) => value],
    effect: ["Effect", (value) => value],
    actions: ["Action", one],
    notActions: ["NotAction", one],
    resources: ["Resource", one],
    notResources: ["NotResource", one],
    principals: ["Principal", principals],
    notPrincipals: ["NotPrincipal", principals],
    conditions: ["Condition", conditions],
  };
  const supported = ["version", "policyId", "statements"];
  const other = Object.keys(args).find((key) => !supported.includes(key));
  if (other !== undefined)
    throw new Error(`getPolicyDocument: "${other}" is not supported locally; use ${supported.join(", ")}`);
  const Statement = ((args["statements"] ?? []) as Props[]).map((statement) => {
    const members = Object.entries(statement).map(([key, value]) => {
      const known = rename[key];
      if (known === undefined) throw new Error(`getPolicyDocument: a statement has no "${key}"`);
      return [known[0], known[1](value)];
    });
    return { Effect: "Allow", ...Object.fromEntries(members) } as Props;
  });
  const Id = args["policyId"] === undefined ? {} : { Id: args["policyId"] };
  const document = { Version: args["version"] ?? "2012-10-17", ...Id, Statement };
  return {
    id: String(randomInt(2 ** 47)),
    json: JSON.stringify(document, null, 2),
    minifiedJson: JSON.stringify(document),
  };
}

async function getRandomPassword(args: Props, clients: Clients): Promise<Props> {
  const input = Object.fromEntries(
    Object.entries(args).map(([key, value]) => [`${key.slice(0, 1).toUpperCase()}${key.slice(1)}`, value]),
  );
  const { RandomPassword } = await clients.call("secretsmanager", "GetRandomPassword", input, soon());
  return { ...args, id: String(randomInt(2 ** 47)), randomPassword: RandomPassword };
}

async function getAvailabilityZones(_: Props, clients: Clients): Promise<Props> {
  const { AvailabilityZones } = await clients.call("ec2", "DescribeAvailabilityZones", {}, soon());
  const zones = (AvailabilityZones as Props[]).filter(({ State }) => State === "available");
  return {
    id: clients.region,
    names: zones.map(({ ZoneName }) => ZoneName),
    zoneIds: zones.map(({ ZoneId }) => ZoneId),
  };
}

async function getDataLakeSettings(args: Props, clients: Clients): Promise<Props> {
  const CatalogId = args["catalogId"];
  const answer = await clients.call("lakeformation", "GetDataLakeSettings", { CatalogId }, soon());
  const settings = answer["DataLakeSettings"] as Props;
  const principals = (member: string): unknown[] =>
    ((settings[member] ?? []) as Props[]).map((one) => one["DataLakePrincipalIdentifier"]);
  const defaults = (member: string): Props[] =>
    ((settings[member] ?? []) as { Principal: Props; Permissions: string[] }[]).map(({ Principal, Permissions }) => {
      return { principal: Principal["DataLakePrincipalIdentifier"], permissions: Permissions };
    });
  return {
    id: String(randomInt(2 ** 47)),
    region: clients.region,
    admins: principals("DataLakeAdmins"),
    readOnlyAdmins: principals("ReadOnlyAdmins"),
    createDatabaseDefaultPermissions: defaults("CreateDatabaseDefaultPermissions"),
    createTableDefaultPermissions: defaults("CreateTableDefaultPermissions"),
    parameters: settings["Parameters"] ?? {},
    trustedResourceOwners: settings["TrustedResourceOwners"] ?? [],
    allowExternalDataFiltering: settings["AllowExternalDataFiltering"] === true,
    allowFullTableExternalDataAccess: settings["AllowFullTableExternalDataAccess"] === true,
    externalDataFilteringAllowLists: principals("ExternalDataFilteringAllowList"),
    authorizedSessionTagValueLists: settings["AuthorizedSessionTagValueList"] ?? [],
  };
}

export const INVOKES = {
  "aws:index/getCallerIdentity:getCallerIdentity": getCallerIdentity,
  "aws:index/getRegion:getRegion": getRegion,
  "aws:index/getPartition:getPartition": getPartition,
  "aws:index/getAvailabilityZones:getAvailabilityZones": getAvailabilityZones,
  "aws:iam/getPolicyDocument:getPolicyDocument": getPolicyDocument,
  "aws:lakeformation/getDataLakeSettings:getDataLakeSettings": getDataLakeSettings,
  "aws:secretsmanager/getRandomPassword:getRandomPassword": getRandomPassword,
};
