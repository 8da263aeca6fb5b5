import type * as pulumi from "@pulumi/pulumi";
import type { ColdTier } from "./cold-tier";
import type { GoldLayer } from "./gold-layer";
import type { Identity } from "./identity/identity";
import { LakeFormation } from "./lake-formation/lake-formation";
import type { GovernedTable, LayerValue } from "./lake-formation/lake-tags";
import type { ZoneContext } from "./lake-zone";
import { pseudonymousColumns } from "./table-definition";
import type { LakeLocation } from "./types";

/** Column-level grants on gold, where they are asked for. @throws InvalidArgumentError without a role to govern */
export function pipelineLakeFormation(
  on: boolean | undefined,
  { account, pipelineName, jobsDirectory, tags }: ZoneContext,
  { gold, cold, identity }: { gold: GoldLayer; cold: ColdTier; identity: Identity | undefined },
  parent: pulumi.Resource,
): LakeFormation | undefined {
  if (on !== true) return undefined;
  const table = (name: string, location: LakeLocation, layer: LayerValue): GovernedTable => {
    return { name, location, layer, pseudonymous: pseudonymousColumns(jobsDirectory, name) };
  };
  const { bi, analyst, operator } = identity?.roleArns ?? {};
  return new LakeFormation(
    `${pipelineName}-lf`,
    {
      account,
      pipelineName,
      tables: [
        table("fact_clicks", gold.clicks, "gold"),
        table("dim_users", gold.users, "gold"),
        table("daily_sales", gold.sales, "gold"),
        table("fact_clicks_restored", cold.restored, "restored"),
      ],
      readers: { ...(bi === undefined ? {} : { bi }), ...(analyst === undefined ? {} : { analyst }) },
      writers: {
        "gold-job": gold.jobRoleArn,
        "cold-job": cold.jobRoleArn,
        ...(operator === undefined ? {} : { operator }),
      },
      tags,
    },
    { parent },
  );
}
