import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { catalogAccess, decryptWith, readObjects } from "../lake-access";
import { componentType, fittingName } from "../naming";
import { policyDocument } from "../policy";
import type { AwsAccount, LakeLocation, Tags } from "../types";

/** Arguments of `WarehouseLakeRole`. */
export interface WarehouseLakeRoleArgs {
  account: AwsAccount;
  /** Tables of gold that the warehouse copies or reads in place; they share bucket, key and database. */
  tables: readonly LakeLocation[];
  tags: Tags;
}

/** The role that Redshift takes for COPY and Spectrum: it reads the tables given, and writes nothing. */
export class WarehouseLakeRole extends pulumi.ComponentResource {
  readonly arn: pulumi.Output<string>;

  constructor(name: string, args: WarehouseLakeRoleArgs, opts?: pulumi.ComponentResourceOptions) {
    super(componentType("WarehouseLakeRole"), name, {}, opts);
    const role = new aws.iam.Role(
      fittingName("IAM role", name),
      {
        description: "Read by Redshift: COPY and Spectrum over the gold tables",
        assumeRolePolicy: this.trust(args.account),
        tags: args.tags,
      },
      { parent: this },
    );
    const policy = new aws.iam.RolePolicy(name, { role: role.name, policy: this.policy(args) }, { parent: this });
    // Handed on once its permissions exist: the first statement may come right after.
    this.arn = pulumi.all([role.arn, policy.id]).apply(([arn]) => arn);
    this.registerOutputs({ arn: this.arn });
  }

  private trust({ accountId }: AwsAccount): pulumi.Output<string> {
    const of = (sid: string, service: string) => ({
      Sid: sid,
      Effect: "Allow" as const,
      Principal: { Service: service },
      Action: "sts:AssumeRole",
      Condition: { StringEquals: { "aws:SourceAccount": accountId } },
    });
    return policyDocument([
      of("Redshift", "redshift.amazonaws.com"),
      of("RedshiftServerless", "redshift-serverless.amazonaws.com"),
    ]);
  }

  private policy({ account, tables }: WarehouseLakeRoleArgs): pulumi.Output<string> {
    const [first] = tables;
    if (first === undefined) throw new Error("WarehouseLakeRole needs at least one table to read");
    const prefixes = tables.map(({ prefix }) => prefix);
    const names = tables.map(({ table }) => table);
    return policyDocument([
      ...readObjects("Gold", first.bucket, prefixes),
      decryptWith("GoldKey", [first.key]),
      catalogAccess("GoldCatalog", account, first.database, names, "read"),
    ]);
  }
}
