import type * as pulumi from "@pulumi/pulumi";
import type { Alerting } from "./alerting";
import type { BronzeLayer } from "./bronze-layer";
import type { ColdTier } from "./cold-tier";
import type { GoldLayer } from "./gold-layer";
import { Identity, type IdentityArgs } from "./identity/identity";
import type { IdentitySettings } from "./identity/settings";
import type { JobArtifacts } from "./job-artifacts";
import type { ZoneContext } from "./lake-zone";
import type { Operations } from "./operations/operations";
import type { Privacy } from "./privacy/privacy";
import type { QueryLog } from "./query-log";
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
  privacy: Privacy;
  artifacts: JobArtifacts;
  serving: ServingLayer;
  alerting: Alerting;
  queries: QueryLog;
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
  const { bi = [], analysts = [], operators = [], privacy = [], ci } = settings ?? {};
  const people = [...bi, ...analysts, ...operators, ...privacy];
  if (settings === undefined || (people.length === 0 && ci === undefined)) return undefined;
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
      erased: erasedPlaces(pipelineName, parts),
      warehouse: warehouse === undefined ? undefined : sendStatements(warehouse.ref),
      tags,
    },
    { parent },
  );
}

/** What an erasure goes through. */
function erasedPlaces(pipelineName: string, parts: AskedParts): IdentityArgs["erased"] {
  const { silver, gold, cold, privacy, artifacts, alerting, queries, operations, warehouse } = parts;
  const { events, quarantine, subjects } = silver;
  return {
    pipelineName,
    jobs: [silver.jobName, gold.jobName, cold.jobName, privacy.jobName],
    events,
    quarantine,
    subjects,
    clicks: gold.clicks,
    users: gold.users,
    restored: cold.restored,
    artifacts,
    ledgerArn: privacy.ledgerArn,
    operations: operations.store.ref,
    secrets: { subjects: silver.subjectSecretArn, pseudonyms: silver.pseudonymSecretArn },
    letterKeys: [alerting.keyArn, queries.keyArn, ...(warehouse === undefined ? [] : [warehouse.ref.keyArn])].map(
      (arn) => ({ arn }),
    ),
    loader: warehouse?.loaderFunction,
  };
}
