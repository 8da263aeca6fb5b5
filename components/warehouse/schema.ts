import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { createWarehouseMigrator } from "../../handlers/warehouse/migrate";
import type { EncryptionKey } from "../encryption-key";
import { EventFunction } from "../event-function";
import { componentType } from "../naming";
import type { AwsAccount, Tags } from "../types";
import { sendStatements, statementEnvironment } from "./access";
import { fillIn, readMigrations } from "./migration-files";
import type { WarehouseRef } from "./settings";
import { groupPrefix } from "./workload";

/** Longest run of a Lambda function, in seconds; a paused cluster takes minutes to wake. */
const LONGEST_RUN_SECONDS = 900;

/** Arguments of `WarehouseSchema`. */
export interface WarehouseSchemaArgs {
  account: AwsAccount;
  warehouse: WarehouseRef;
  key: EncryptionKey;
  /** Database of the Glue catalog that becomes the external schema `lake`. */
  goldDatabase: pulumi.Input<string>;
  team: string;
  /** Folder with the numbered SQL files. */
  migrationsDirectory: string;
  tags: Tags;
}

/**
 * The warehouse's schema as numbered SQL files, applied by the deployment itself: a function runs what did not run yet,
 * through the Data API, so that nobody needs a connection into the network.
 */
export class WarehouseSchema extends pulumi.ComponentResource {
  /** Resolves when the schema is in place. */
  readonly applied: pulumi.Output<string>;

  constructor(name: string, args: WarehouseSchemaArgs, opts?: pulumi.ComponentResourceOptions) {
    // Read before any resource: a bad file must not cost a cluster first.
    const templates = readMigrations(args.migrationsDirectory);
    super(componentType("WarehouseSchema"), name, {}, opts);
    const { warehouse, account, team } = args;
    const migrator = this.createMigrator(name, args);
    const migrations = pulumi
      .all([args.goldDatabase, account.region, warehouse.lakeRoleArn])
      .apply(([gold_database, region, lake_role_arn]) =>
        fillIn(templates, { gold_database, region, lake_role_arn, team: groupPrefix(team) }),
      );
    const invocation = new aws.lambda.Invocation(
      name,
      {
        functionName: migrator.name,
        input: pulumi.jsonStringify({ migrations }),
        // Another cluster of the same name starts empty.
        triggers: { warehouse: warehouse.arn },
      },
      { parent: this, customTimeouts: { create: "20m" } },
    );
    this.applied = invocation.result;
    this.registerOutputs({ applied: this.applied });
  }

  private createMigrator(name: string, { warehouse, key, tags }: WarehouseSchemaArgs): EventFunction {
    return new EventFunction(
      name,
      {
        description: "Applies the numbered SQL migrations to the warehouse",
        key,
        factory: createWarehouseMigrator,
        environment: statementEnvironment(warehouse),
        statements: sendStatements(warehouse),
        timeoutSeconds: LONGEST_RUN_SECONDS,
        tags,
      },
      { parent: this },
    );
  }
}
