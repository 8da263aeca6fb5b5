import { judgeAll, type Case } from "./judge";

const table = { DatabaseName: "gold", Name: "facts" };
const principal = { DataLakePrincipalIdentifier: "arn:aws:iam::123456789012:role/bi" };
const policy = (ResourceType: string): object => ({
  LFTagPolicy: { ResourceType, Expression: [{ TagKey: "ids", TagValues: ["none"] }] },
});
const pair = (...TagValues: string[]): object[] => [{ TagKey: "ids", TagValues }];

const CASES: Case[] = [
  {
    call: "lakeformation.AddLFTagsToResource",
    good: { Resource: { Table: table }, LFTags: pair("none") },
    also: [
      { Resource: { TableWithColumns: { ...table, ColumnNames: ["user_id"] } } },
      { Resource: { TableWithColumns: { ...table, ColumnWildcard: {} } } },
      { Resource: { Database: { Name: "gold" } } },
    ],
    bad: [
      [{ Resource: { Table: table, Database: { Name: "gold" } } }, /exactly one of Database, Table/],
      [{ Resource: { DataLocation: { ResourceArn: "arn:aws:s3:::b" } } }, /exactly one of Database, Table/],
      [{ Resource: { Table: { DatabaseName: "gold" } } }, /exactly one of Name, TableWildcard/],
      [{ Resource: { TableWithColumns: table } }, /exactly one of ColumnNames, ColumnWildcard/],
      [{ LFTags: pair("none", "pseudonymous") }, /must be one value/],
    ],
  },
  {
    call: "lakeformation.GrantPermissions",
    good: { Principal: principal, Permissions: ["SELECT", "DESCRIBE"], Resource: policy("TABLE") },
    also: [
      { Permissions: ["DESCRIBE"], Resource: policy("DATABASE") },
      { Permissions: ["DATA_LOCATION_ACCESS"], Resource: { DataLocation: { ResourceArn: "arn:aws:s3:::b" } } },
      { PermissionsWithGrantOption: ["SELECT"] },
    ],
    bad: [
      [{ Resource: policy("DATABASE") }, /can be granted on this kind/],
      [{ Resource: { TableWithColumns: { ...table, ColumnNames: ["a"] } } }, /can be granted on this kind/],
      [{ Permissions: ["DATA_LOCATION_ACCESS"] }, /can be granted on this kind/],
      [{ PermissionsWithGrantOption: ["INSERT"] }, /must be among Permissions/],
      [{ Resource: { LFTagPolicy: { ResourceType: "TABLE" } } }, /an Expression or an ExpressionName/],
    ],
  },
  {
    call: "lakeformation.RegisterResource",
    good: { ResourceArn: "arn:aws:s3:::b", RoleArn: principal.DataLakePrincipalIdentifier },
    also: [{ RoleArn: undefined, UseServiceLinkedRole: true }],
    bad: [
      [{ RoleArn: undefined }, /either RoleArn or UseServiceLinkedRole/],
      [{ UseServiceLinkedRole: true }, /either RoleArn or UseServiceLinkedRole/],
    ],
  },
  {
    call: "lakeformation.CreateLakeFormationOptIn",
    good: { Principal: principal, Resource: { Table: { DatabaseName: "gold", TableWildcard: {} } } },
    bad: [[{ Resource: {} }, /exactly one of/]],
  },
];

describe("rules of Lake Formation", () => {
  judgeAll(CASES);
});
