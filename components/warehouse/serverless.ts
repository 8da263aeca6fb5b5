import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { componentType } from "../naming";
import type { WarehouseFormArgs } from "./cluster";
import { WAREHOUSE_ADMIN, WAREHOUSE_DATABASE, WAREHOUSE_PORT, type WarehouseRef } from "./settings";

/**
 * Every configuration parameter of a workgroup. AWS answers all of them with their defaults, so one that is left out
 * would be a difference at each `up` (pulumi/pulumi-aws #4405).
 */
const CONFIG_PARAMETERS = [
  { parameterKey: "auto_mv", parameterValue: "true" },
  { parameterKey: "datestyle", parameterValue: "ISO, MDY" },
  { parameterKey: "enable_case_sensitive_identifier", parameterValue: "false" },
  { parameterKey: "enable_user_activity_logging", parameterValue: "true" },
  // An hour, in seconds: what runs longer is a mistake, and paid by the second.
  { parameterKey: "max_query_execution_time", parameterValue: "3600" },
  { parameterKey: "query_group", parameterValue: "default" },
  { parameterKey: "require_ssl", parameterValue: "true" },
  { parameterKey: "search_path", parameterValue: "$user, public" },
  { parameterKey: "use_fips_ssl", parameterValue: "false" },
];

/** Redshift Serverless: sleeps by itself between queries, and is paid by the second of use. */
export class WarehouseServerless extends pulumi.ComponentResource {
  readonly ref: WarehouseRef;

  constructor(name: string, args: WarehouseFormArgs, opts?: pulumi.ComponentResourceOptions) {
    super(componentType("WarehouseServerless"), name, {}, opts);
    const namespace = this.createNamespace(name, args);
    const workgroup = this.createWorkgroup(name, args, namespace);
    this.createLimits(name, args, workgroup);
    this.ref = {
      kind: "workgroup",
      name: workgroup.workgroupName,
      arn: workgroup.arn,
      database: WAREHOUSE_DATABASE,
      secretArn: namespace.adminPasswordSecretArn,
      keyArn: args.key.arn,
      lakeRoleArn: args.lakeRoleArn,
    };
    this.registerOutputs({ name: this.ref.name, arn: this.ref.arn });
  }

  private createNamespace(name: string, args: WarehouseFormArgs): aws.redshiftserverless.Namespace {
    return new aws.redshiftserverless.Namespace(
      name,
      {
        namespaceName: name,
        dbName: WAREHOUSE_DATABASE,
        adminUsername: WAREHOUSE_ADMIN,
        manageAdminPassword: true,
        adminPasswordSecretKmsKeyId: args.key.arn,
        kmsKeyId: args.key.arn,
        iamRoles: [args.lakeRoleArn],
        logExports: ["connectionlog", "useractivitylog", "userlog"],
        tags: args.zone.tags,
      },
      { parent: this },
    );
  }

  private createWorkgroup(
    name: string,
    { zone, settings, subnetIds, securityGroupId }: WarehouseFormArgs,
    namespace: aws.redshiftserverless.Namespace,
  ): aws.redshiftserverless.Workgroup {
    return new aws.redshiftserverless.Workgroup(
      name,
      {
        workgroupName: name,
        namespaceName: namespace.namespaceName,
        baseCapacity: settings.baseRpus,
        maxCapacity: settings.maxRpus,
        port: WAREHOUSE_PORT,
        subnetIds,
        securityGroupIds: [securityGroupId],
        enhancedVpcRouting: true,
        publiclyAccessible: false,
        configParameters: CONFIG_PARAMETERS,
        tags: zone.tags,
      },
      { parent: this },
    );
  }

  private createLimits(
    name: string,
    { settings }: WarehouseFormArgs,
    workgroup: aws.redshiftserverless.Workgroup,
  ): void {
    new aws.redshiftserverless.UsageLimit(
      name,
      {
        resourceArn: workgroup.arn,
        usageType: "serverless-compute",
        // RPU-hours: the base capacity for 12 hours, which an eager day of dashboards and hourly loads stays below.
        amount: settings.baseRpus * 12,
        period: "daily",
        breachAction: "log",
      },
      { parent: this },
    );
  }
}
