import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { alertKeyGrants } from "../alert-policies";
import type { Days } from "../duration";
import { EncryptionKey } from "../encryption-key";
import { KEY_USERS } from "../key-users";
import { InvalidArgumentError } from "../errors";
import type { ZoneContext } from "../lake-zone";
import { componentType } from "../naming";
import { NETWORK_CIDR, type NetworkRef } from "../network";
import type { LakeLocation } from "../types";
import { WarehouseCluster } from "./cluster";
import { WarehouseIdlePause } from "./idle-pause";
import { WarehouseLakeRole } from "./lake-role";
import { WarehouseLoader } from "./loader";
import { WarehouseSchema } from "./schema";
import { WarehouseServerless } from "./serverless";
import {
  validateWarehouse,
  WAREHOUSE_PORT,
  withWarehouseDefaults,
  type WarehouseRef,
  type WarehouseSettings,
} from "./settings";

/** Arguments of `Warehouse`. */
export interface WarehouseArgs {
  zone: ZoneContext;
  /** Where it stands; its services must hold `glue`. */
  network: NetworkRef;
  settings: WarehouseSettings;
  clicks: LakeLocation;
  users: LakeLocation;
  sales: LakeLocation;
  goldJob: pulumi.Input<string>;
  team: string;
  /** Of the metrics of the loads. */
  environment: string;
  /** @default `DEFAULT_HOT_FOR` */
  hotFor?: Days;
  /** Folder with the numbered SQL files. */
  migrationsDirectory: string;
}

/** The hot tier: Redshift without a way out, its schema, and what loads it. */
export class Warehouse extends pulumi.ComponentResource {
  readonly ref: WarehouseRef;
  readonly loaderFunction: pulumi.Output<string>;
  readonly loaderDlqUrl: pulumi.Output<string>;
  /** The migrator's report; resolves when the schema is in place. */
  readonly schema: pulumi.Output<string>;

  constructor(name: string, args: WarehouseArgs, opts?: pulumi.ComponentResourceOptions) {
    const { zone, network, clicks, users, sales } = args;
    const settings = withWarehouseDefaults(args.settings);
    validateWarehouse(args.settings);
    if (settings.mode === "none") throw new InvalidArgumentError("mode none has no warehouse to make");
    super(componentType("Warehouse"), name, {}, opts);
    const { account, tags } = zone;
    const key = this.createKey(name, zone);
    const role = new WarehouseLakeRole(
      `${name}-lake`,
      { account, tables: [clicks, users, sales], tags },
      { parent: this },
    );
    const form = {
      zone,
      settings,
      key,
      subnetIds: network.subnetIds,
      securityGroupId: this.createSecurityGroup(name, args).id,
      lakeRoleArn: role.arn,
      team: args.team,
    };
    const Form = settings.mode === "provisioned" ? WarehouseCluster : WarehouseServerless;
    this.ref = new Form(name, form, { parent: this }).ref;
    this.schema = this.createSchema(name, args, key).applied;
    const loader = this.createLoader(name, args, key);
    this.createIdlePause(name, args, key);
    this.loaderFunction = loader.functionName;
    this.loaderDlqUrl = loader.deadLetterQueueUrl;
    this.registerOutputs({ name: this.ref.name, loaderFunction: this.loaderFunction });
  }

  private createKey(name: string, { account, deletion, tags }: ZoneContext): EncryptionKey {
    const rules = pulumi.interpolate`arn:${account.partition}:events:${account.region}:${account.accountId}:rule/${name}-*`;
    return new EncryptionKey(
      `${name}-key`,
      {
        description: `Warehouse ${name}: blocks, snapshots, administrator's secret, queues, logs`,
        account,
        users: KEY_USERS.warehouse,
        services: alertKeyGrants(name, account, [{ arn: rules }]),
        deletion,
        tags,
      },
      { parent: this },
    );
  }

  private createSecurityGroup(name: string, { zone, network }: WarehouseArgs): aws.ec2.SecurityGroup {
    return new aws.ec2.SecurityGroup(
      name,
      {
        description: "Redshift: SQL in, the lake out",
        vpcId: network.vpcId,
        ingress: [
          {
            description: "SQL from the network",
            protocol: "tcp",
            fromPort: WAREHOUSE_PORT,
            toPort: WAREHOUSE_PORT,
            cidrBlocks: [NETWORK_CIDR],
          },
        ],
        egress: [
          {
            description: "S3 through its endpoint",
            protocol: "tcp",
            fromPort: 443,
            toPort: 443,
            prefixListIds: [network.s3PrefixListId],
          },
          {
            description: "The Glue catalog through its endpoint",
            protocol: "tcp",
            fromPort: 443,
            toPort: 443,
            securityGroups: [network.endpointGroupId],
          },
        ],
        tags: zone.tags,
      },
      { parent: this },
    );
  }

  private createSchema(name: string, args: WarehouseArgs, key: EncryptionKey): WarehouseSchema {
    return new WarehouseSchema(
      `${name}-schema`,
      {
        account: args.zone.account,
        warehouse: this.ref,
        key,
        goldDatabase: args.clicks.database,
        team: args.team,
        migrationsDirectory: args.migrationsDirectory,
        tags: args.zone.tags,
      },
      { parent: this },
    );
  }

  private createLoader(name: string, args: WarehouseArgs, key: EncryptionKey): WarehouseLoader {
    return new WarehouseLoader(
      `${name}-loader`,
      {
        account: args.zone.account,
        warehouse: this.ref,
        key,
        schema: this.schema,
        clicks: args.clicks,
        users: args.users,
        goldJob: args.goldJob,
        dimensions: { team: args.team, environment: args.environment, pipeline: args.zone.pipelineName },
        hotFor: args.hotFor,
        tags: args.zone.tags,
      },
      { parent: this },
    );
  }

  private createIdlePause(name: string, { settings, zone }: WarehouseArgs, key: EncryptionKey): void {
    const { idleMinutes, mode } = settings;
    if (idleMinutes === undefined || mode !== "provisioned") return;
    new WarehouseIdlePause(
      `${name}-pause`,
      { warehouse: this.ref, key, idleMinutes, tags: zone.tags },
      { parent: this },
    );
  }
}
