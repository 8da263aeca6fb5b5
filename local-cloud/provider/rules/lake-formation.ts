/**
 * Lake Formation. AWS pages: "Resource", "TableResource", "TableWithColumnsResource", "RegisterResource" (API reference),
 * "Lake Formation permissions reference", "Creating LF-Tags" (developer guide).
 */
import { isRecord, type Props } from "../mapping";
import { type Check, list, onlyOne, type Rules, where } from "./check";

const MEMBERS = ["Catalog", "Database", "DataCellsFilter", "DataLocation", "LFTag", "LFTagPolicy", "LFTagExpression"];
const TABLES = ["Table", "TableWithColumns"];

/** Exactly one thing, and of a table either its name or all of a database, either some columns or all. */
const resource: readonly Check[] = [
  onlyOne("Resource", [...MEMBERS, ...TABLES], true),
  onlyOne("Resource.Table", ["Name", "TableWildcard"], true),
  onlyOne("Resource.TableWithColumns", ["ColumnNames", "ColumnWildcard"], true),
];

/** Permissions by what they are granted on. */
const DATABASE = ["ALL", "ALTER", "CREATE_TABLE", "DESCRIBE", "DROP"];
const TABLE = ["ALL", "ALTER", "DELETE", "DESCRIBE", "DROP", "INSERT", "SELECT"];
const GRANTED: Readonly<Record<string, readonly string[]>> = {
  Database: DATABASE,
  DataLocation: ["DATA_LOCATION_ACCESS"],
  LFTag: ["ALTER", "ASSOCIATE", "DESCRIBE", "DROP"],
  Table: TABLE,
  TableWithColumns: ["SELECT"],
};

function allowed(granted: Props): readonly string[] | undefined {
  const kind = Object.keys(granted).find((name) => granted[name] !== undefined);
  const policy = granted["LFTagPolicy"];
  if (isRecord(policy)) return policy["ResourceType"] === "DATABASE" ? DATABASE : TABLE;
  return kind === undefined ? undefined : GRANTED[kind];
}

const grant: readonly Check[] = [
  ...resource,
  where("", "Permissions must be such as can be granted on this kind of resource", (input) => {
    const { Resource, Permissions, PermissionsWithGrantOption } = input as Props;
    const known = isRecord(Resource) ? allowed(Resource) : undefined;
    const asked = [...list(Permissions), ...list(PermissionsWithGrantOption)];
    return known === undefined || asked.every((one) => known.includes(String(one)));
  }),
  where("", "PermissionsWithGrantOption must be among Permissions", (input) => {
    const { Permissions, PermissionsWithGrantOption } = input as Props;
    return list(PermissionsWithGrantOption).every((one) => list(Permissions).includes(one));
  }),
  where("Resource.LFTagPolicy", "must have an Expression or an ExpressionName", (value) => {
    const { Expression, ExpressionName } = value as Props;
    return list(Expression).length > 0 !== (ExpressionName !== undefined);
  }),
];

/** What is tagged: databases, tables, columns; each key has one value. */
const tagging: readonly Check[] = [
  onlyOne("Resource", ["Database", ...TABLES], true),
  ...resource.slice(1),
  where("LFTags.*.TagValues", "must be one value: a resource has one of each key", (value) => list(value).length === 1),
];

export const lakeFormationRules: Rules = {
  AddLFTagsToResource: tagging,
  CreateLakeFormationOptIn: resource,
  DeleteLakeFormationOptIn: resource,
  GrantPermissions: grant,
  RegisterResource: [
    where("", "must have either RoleArn or UseServiceLinkedRole", (input) => {
      const { RoleArn, UseServiceLinkedRole } = input as Props;
      return (RoleArn !== undefined) !== (UseServiceLinkedRole === true);
    }),
  ],
  RemoveLFTagsFromResource: tagging,
  RevokePermissions: grant,
};
