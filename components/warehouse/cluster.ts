import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { mayDelete } from "../deletion";
import type { EncryptionKey } from "../encryption-key";
import type { ZoneContext } from "../lake-zone";
import { componentType, fittingName } from "../naming";
import { policyDocument, serviceTrust } from "../policy";
import {
  WAREHOUSE_ADMIN,
  WAREHOUSE_DATABASE,
  WAREHOUSE_PORT,
  type CompleteWarehouse,
  type WarehouseRef,
} from "./settings";
import { workloadManagement } from "./workload";

/** What both forms of the warehouse are given. */
export interface WarehouseFormArgs {
  zone: ZoneContext;
  settings: CompleteWarehouse;
  key: EncryptionKey;
  subnetIds: pulumi.Output<string[]>;
  securityGroupId: pulumi.Output<string>;
  lakeRoleArn: pulumi.Output<string>;
  /** Prefix of the groups of users. */
  team: string;
}

/** A provisioned Redshift cluster of RA3 nodes, private, encrypted, logged, with snapshots, limits and bedtimes. */
export class WarehouseCluster extends pulumi.ComponentResource {
  readonly ref: WarehouseRef;

  constructor(name: string, args: WarehouseFormArgs, opts?: pulumi.ComponentResourceOptions) {
    super(componentType("WarehouseCluster"), name, {}, opts);
    const cluster = this.createCluster(name, args);
    this.createLogging(name, cluster);
    this.createSnapshots(name, args, cluster);
    this.createLimits(name, args, cluster);
    this.createBedtimes(name, args, cluster);
    this.ref = {
      kind: "cluster",
      name: cluster.clusterIdentifier,
      arn: cluster.arn,
      database: WAREHOUSE_DATABASE,
      secretArn: cluster.masterPasswordSecretArn,
      keyArn: args.key.arn,
      lakeRoleArn: args.lakeRoleArn,
    };
    this.registerOutputs({ name: this.ref.name, arn: this.ref.arn });
  }

  private createCluster(name: string, args: WarehouseFormArgs): aws.redshift.Cluster {
    const { zone, settings, key } = args;
    const subnets = new aws.redshift.SubnetGroup(
      name,
      { description: "Isolated subnets of the data network", subnetIds: args.subnetIds, tags: zone.tags },
      { parent: this },
    );
    const disposable = mayDelete(zone.deletion);
    return new aws.redshift.Cluster(
      name,
      {
        clusterIdentifier: name,
        nodeType: settings.nodeType,
        clusterType: settings.nodes === 1 ? "single-node" : "multi-node",
        numberOfNodes: settings.nodes,
        databaseName: WAREHOUSE_DATABASE,
        masterUsername: WAREHOUSE_ADMIN,
        manageMasterPassword: true,
        masterPasswordSecretKmsKeyId: key.arn,
        port: WAREHOUSE_PORT,
        clusterSubnetGroupName: subnets.name,
        vpcSecurityGroupIds: [args.securityGroupId],
        publiclyAccessible: false,
        enhancedVpcRouting: true,
        encrypted: "true",
        kmsKeyId: key.arn,
        clusterParameterGroupName: this.createParameters(name, args).name,
        iamRoles: [args.lakeRoleArn],
        automatedSnapshotRetentionPeriod: settings.snapshotDays,
        // Sunday night UTC: the quietest hours of a shop, and a working day ahead to notice what broke.
        preferredMaintenanceWindow: "sun:03:00-sun:04:00",
        allowVersionUpgrade: true,
        maintenanceTrackName: "current",
        // Everything in it can be loaded again; a last snapshot saves that day where data is not to be lost.
        skipFinalSnapshot: disposable,
        finalSnapshotIdentifier: disposable ? undefined : `${name}-final`,
        tags: zone.tags,
      },
      // A full month takes an hour to load again: creation and resizing may take as long as AWS needs.
      { parent: this, customTimeouts: { create: "60m", update: "120m", delete: "60m" } },
    );
  }

  private createParameters(name: string, { zone, settings, team }: WarehouseFormArgs): aws.redshift.ParameterGroup {
    return new aws.redshift.ParameterGroup(
      name,
      {
        family: "redshift-2.0",
        description: "TLS only, every statement logged, queues by group",
        parameters: [
          { name: "enable_user_activity_logging", value: "true" },
          { name: "require_ssl", value: "true" },
          // An hour, in milliseconds: what runs longer is a mistake that keeps others waiting.
          { name: "statement_timeout", value: "3600000" },
          { name: "wlm_json_configuration", value: workloadManagement(team, settings.spectrumTbPerDay) },
        ],
        tags: zone.tags,
      },
      { parent: this },
    );
  }

  private createLogging(name: string, cluster: aws.redshift.Cluster): void {
    new aws.redshift.Logging(
      name,
      {
        clusterIdentifier: cluster.clusterIdentifier,
        logDestinationType: "cloudwatch",
        logExports: ["connectionlog", "useractivitylog", "userlog"],
      },
      // Redshift switches logging of an available cluster only: a paused one could not be destroyed.
      { parent: this, deletedWith: cluster },
    );
  }

  private createSnapshots(name: string, { zone }: WarehouseFormArgs, cluster: aws.redshift.Cluster): void {
    const schedule = new aws.redshift.SnapshotSchedule(
      name,
      {
        identifier: name,
        description: "Twice a day",
        definitions: ["rate(12 hours)"],
        // The association goes with the cluster.
        forceDestroy: true,
        tags: zone.tags,
      },
      { parent: this },
    );
    new aws.redshift.SnapshotScheduleAssociation(
      name,
      { clusterIdentifier: cluster.clusterIdentifier, scheduleIdentifier: schedule.identifier },
      { parent: this, deletedWith: cluster },
    );
  }

  private createLimits(name: string, { zone, settings }: WarehouseFormArgs, cluster: aws.redshift.Cluster): void {
    new aws.redshift.UsageLimit(
      `${name}-spectrum`,
      {
        clusterIdentifier: cluster.clusterIdentifier,
        featureType: "spectrum",
        limitType: "data-scanned",
        amount: settings.spectrumTbPerDay,
        period: "daily",
        breachAction: "disable",
        tags: zone.tags,
      },
      { parent: this, deletedWith: cluster },
    );
    new aws.redshift.UsageLimit(
      `${name}-scaling`,
      {
        clusterIdentifier: cluster.clusterIdentifier,
        featureType: "concurrency-scaling",
        limitType: "time",
        // Minutes: an hour a day is what a cluster earns for free (pricing page, "Concurrency Scaling").
        amount: 60,
        period: "daily",
        breachAction: "disable",
        tags: zone.tags,
      },
      { parent: this, deletedWith: cluster },
    );
  }

  private createBedtimes(name: string, { zone, settings }: WarehouseFormArgs, cluster: aws.redshift.Cluster): void {
    const { pauseSchedule, resumeSchedule } = settings;
    if (pauseSchedule === undefined && resumeSchedule === undefined) return;
    const role = new aws.iam.Role(
      fittingName("IAM role", `${name}-hours`),
      {
        description: `Pauses and resumes ${name}`,
        assumeRolePolicy: serviceTrust("scheduler.redshift.amazonaws.com", zone.account.accountId),
        tags: zone.tags,
      },
      { parent: this },
    );
    const policy = new aws.iam.RolePolicy(
      `${name}-hours`,
      {
        role: role.name,
        policy: policyDocument([
          {
            Sid: "PauseAndResume",
            Effect: "Allow",
            Action: ["redshift:PauseCluster", "redshift:ResumeCluster"],
            Resource: cluster.arn,
          },
        ]),
      },
      { parent: this },
    );
    const target = { clusterIdentifier: cluster.clusterIdentifier };
    const act = (id: string, schedule: string, action: aws.types.input.redshift.ScheduledActionTargetAction): void => {
      new aws.redshift.ScheduledAction(
        `${name}-${id}`,
        {
          description: `${id}s ${name}`,
          schedule,
          iamRole: role.arn,
          targetAction: action,
        },
        { parent: this, dependsOn: [policy] },
      );
    };
    if (pauseSchedule !== undefined) act("pause", pauseSchedule, { pauseCluster: target });
    if (resumeSchedule !== undefined) act("resume", resumeSchedule, { resumeCluster: target });
  }
}
