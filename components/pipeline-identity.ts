import type * as pulumi from "@pulumi/pulumi";
import type { BronzeLayer } from "./bronze-layer";
import type { ColdTier } from "./cold-tier";
import type { GoldLayer } from "./gold-layer";
import { Identity } from "./identity/identity";
import type { IdentitySettings } from "./identity/settings";
import type { JobArtifacts } from "./job-artifacts";
import type { ZoneContext } from "./lake-zone";
import type { Operations } from "./operations/operations";
import type { ServingLayer } from "./serving-layer";
import type { SilverLayer } from "./silver-layer";
import { sendStatements } from "./warehouse/access";
import type { Warehouse } from "./warehouse/warehouse";

/** The parts of a pipeline that people work with. */
export interface AskedParts {
  bronze: BronzeLayer;
  silver: SilverLayer;
  gold: GoldLayer;
  cold: ColdTier;
  artifacts: JobArtifacts;
  serving: ServingLayer;
  operations: Operations;
  warehouse: Warehouse | undefined;
}

/** The roles of people and of CI; undefined where nobody is named. */
export function pipelineIdentity(
  settings: IdentitySettings | undefined,
  { account, pipelineName, tags }: ZoneContext,
  parts: AskedParts,
  parent: pulumi.Resource,
): Identity | undefined {
  const { bi = [], analysts = [], operators = [], ci } = settings ?? {};
  if (settings === undefined || (bi.length + analysts.length + operators.length === 0 && ci === undefined))
    return undefined;
  const { bronze, silver, gold, cold, artifacts, serving, operations, warehouse } = parts;
  const tables = [gold.clicks, gold.users, gold.sales] as const;
  return new Identity(
    `${pipelineName}-id`,
    {
      account,
      settings,
      gold: [...tables],
      results: serving.results,
      biWorkgroup: serving.biWorkgroup,
      adhocWorkgroup: serving.adhocWorkgroup,
      operated: {
        pipelineName,
        jobs: [silver.jobName, gold.jobName, cold.jobName],
        raw: bronze.events,
        tables: [
          [silver.events, silver.quarantine],
          [...tables, cold.restored],
        ],
        restored: cold.restored,
        artifacts,
        operations: operations.store.ref,
      },
      warehouse: warehouse === undefined ? undefined : sendStatements(warehouse.ref),
      tags,
    },
    { parent },
  );
}
