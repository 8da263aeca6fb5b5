import * as aws from "@pulumi/aws";
import type { Common } from "./every-type";

/** Lake Formation over one table. */
export function lakeFormation(
  { databaseName, name }: aws.glue.CatalogTable,
  role: aws.iam.Role,
  bucket: aws.s3.Bucket,
  { version }: Common,
): void {
  const tag = new aws.lakeformation.LfTag("t-tag", { key: "t-tag", values: ["a", "b", `v${version}`] });
  const lfTags = [{ key: tag.key, value: "a" }];
  const table = { databaseName, name };
  new aws.lakeformation.ResourceLfTags("t-database", { database: { name: databaseName }, lfTags });
  new aws.lakeformation.ResourceLfTags("t-table", { table, lfTags });
  const columns = new aws.lakeformation.ResourceLfTags("t-column", {
    tableWithColumns: { ...table, columnNames: ["a"] },
    lfTags: [{ key: tag.key, value: "b" }],
  });
  const location = new aws.lakeformation.Resource("t-location", {
    arn: bucket.arn,
    roleArn: role.arn,
    hybridAccessEnabled: true,
  });
  const principal = role.arn;
  new aws.lakeformation.Permissions("t-location", {
    principal,
    permissions: ["DATA_LOCATION_ACCESS"],
    dataLocation: { arn: location.arn },
  });
  const expressions = [{ key: tag.key, values: ["b", "a"] }];
  const grants = [
    new aws.lakeformation.Permissions(
      "t-policy",
      { principal, permissions: ["SELECT", "DESCRIBE"], lfTagPolicy: { resourceType: "TABLE", expressions } },
      { dependsOn: [columns] },
    ),
    new aws.lakeformation.Permissions("t-table", { principal, permissions: ["DESCRIBE"], table }),
  ];
  new aws.lakeformation.OptIn(
    "t-opt-in",
    {
      principals: [{ dataLakePrincipalIdentifier: principal }],
      resourceDatas: [{ table: { databaseName, wildcard: true } }],
    },
    { dependsOn: grants },
  );
}
