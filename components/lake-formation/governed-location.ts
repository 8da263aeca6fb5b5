import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { useKey } from "../identity/lake-questions";
import { readObjects } from "../lake-access";
import { componentType, fittingName } from "../naming";
import { policyDocument, serviceTrust } from "../policy";
import type { AwsAccount, LakeLocation, Tags } from "../types";

/** Arguments of `GovernedLocation`. */
export interface GovernedLocationArgs {
  account: AwsAccount;
  /** What is read there; they share bucket and key. */
  tables: readonly [LakeLocation, ...LakeLocation[]];
  /** ARNs of the roles that register partitions and move tables there, by a name for each. */
  writers: Readonly<Record<string, pulumi.Input<string>>>;
  /** @default none */
  tags?: Tags;
}

/**
 * A bucket registered with Lake Formation in hybrid access mode, and the role by which Lake Formation reads it for those who
 * have opted in. Everybody else goes on by IAM, but for one thing: creating tables and partitions in a registered location,
 * or moving them there, takes DATA_LOCATION_ACCESS in that mode too (Lake Formation guide, "Hybrid access mode").
 */
export class GovernedLocation extends pulumi.ComponentResource {
  /** The role's, once it may read and the location is registered. */
  readonly roleArn: pulumi.Output<string>;

  constructor(name: string, args: GovernedLocationArgs, opts?: pulumi.ComponentResourceOptions) {
    super(componentType("GovernedLocation"), name, {}, opts);
    const [{ bucket }] = args.tables;
    const role = this.createRole(name, args);
    const policy = new aws.iam.RolePolicy(name, { role: role.name, policy: this.policy(args) }, { parent: this });
    const location = new aws.lakeformation.Resource(
      name,
      { arn: bucket.arn, roleArn: role.arn, hybridAccessEnabled: true },
      { parent: this, dependsOn: [policy] },
    );
    for (const [writer, principal] of Object.entries(args.writers)) {
      new aws.lakeformation.Permissions(
        `${name}-${writer}`,
        { principal, permissions: ["DATA_LOCATION_ACCESS"], dataLocation: { arn: location.arn } },
        { parent: this },
      );
    }
    this.roleArn = pulumi.all([role.arn, location.id]).apply(([arn]) => arn);
    this.registerOutputs({ roleArn: this.roleArn });
  }

  private createRole(name: string, { account, tags }: GovernedLocationArgs): aws.iam.Role {
    return new aws.iam.Role(
      fittingName("IAM role", name),
      {
        description: "Lake Formation: reads gold for the roles that have opted in",
        // DataZone's role for registered locations is trusted so too (its guide, "AmazonDataZoneS3Manage").
        assumeRolePolicy: serviceTrust("lakeformation.amazonaws.com", account.accountId),
        tags,
      },
      { parent: this },
    );
  }

  /** Reads only: nobody who has opted in writes ("Requirements for roles used to register locations" has writing for those). */
  private policy({ account, tables }: GovernedLocationArgs): pulumi.Output<string> {
    const [{ bucket, key }] = tables;
    return policyDocument([
      ...readObjects(
        "Gold",
        bucket,
        tables.map(({ prefix }) => prefix),
      ),
      useKey("GoldKey", account, [key], ["kms:Decrypt"]),
    ]);
  }
}
