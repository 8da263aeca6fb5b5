import type * as pulumi from "@pulumi/pulumi";
import * as path from "node:path";
import type { GoldLayer } from "./gold-layer";
import type { ZoneContext } from "./lake-zone";
import type { NetworkRef } from "./network";
import type { ClickstreamPipelineArgs } from "./pipeline-args";
import { QueryLog } from "./query-log";
import type { ServingLayer } from "./serving-layer";
import { NO_WAREHOUSE } from "./warehouse/outputs";
import { Warehouse } from "./warehouse/warehouse";

/** The warehouse of a pipeline; undefined where it has none. */
export function pipelineWarehouse(
  args: ClickstreamPipelineArgs,
  zone: ZoneContext,
  gold: GoldLayer,
  network: NetworkRef | undefined,
  parent: pulumi.Resource,
): Warehouse | undefined {
  const settings = args.warehouse ?? NO_WAREHOUSE;
  if (settings.mode === "none" || network === undefined) return undefined;
  return new Warehouse(
    `${zone.pipelineName}-warehouse`,
    {
      zone,
      network,
      settings,
      clicks: gold.clicks,
      users: gold.users,
      sales: gold.sales,
      goldJob: gold.jobName,
      team: args.team,
      environment: args.environment,
      hotFor: args.retention?.hotFor,
      migrationsDirectory: args.migrationsDirectory ?? path.resolve(__dirname, "..", "warehouse", "migrations"),
    },
    { parent },
  );
}

/** The log of every query, through Athena's workgroups and in the warehouse. */
export function pipelineQueryLog(
  args: ClickstreamPipelineArgs,
  zone: ZoneContext,
  serving: ServingLayer,
  hot: Warehouse | undefined,
  parent: pulumi.Resource,
): QueryLog {
  const workgroups = [
    { name: serving.biWorkgroup, team: "bi" },
    { name: serving.adhocWorkgroup, team: "analysts" },
  ];
  const warehouse = hot === undefined ? undefined : { ...hot.ref, secretKey: { arn: hot.ref.keyArn } };
  return new QueryLog(`${zone.pipelineName}-queries`, { zone, workgroups, warehouse, team: args.team }, { parent });
}
