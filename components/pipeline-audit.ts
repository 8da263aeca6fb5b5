import * as pulumi from "@pulumi/pulumi";
import { Audit } from "./audit/audit";
import type { AuditMode } from "./audit/settings";
import type { BronzeLayer } from "./bronze-layer";
import type { GoldLayer } from "./gold-layer";
import type { JobArtifacts } from "./job-artifacts";
import type { ZoneContext } from "./lake-zone";
import type { Operations } from "./operations/operations";
import type { QueryLog } from "./query-log";
import type { ServingLayer } from "./serving-layer";
import type { SilverLayer } from "./silver-layer";
import type { BucketRef } from "./types";

/** The parts of a pipeline that are audited, or that carry what the audit tells. */
export interface AuditedParts {
  bronze: BronzeLayer;
  silver: SilverLayer;
  gold: GoldLayer;
  artifacts: JobArtifacts;
  serving: ServingLayer;
  queries: QueryLog;
  operations: Operations;
}

/** The audit of a pipeline; undefined where it is off. */
export function pipelineAudit(
  mode: AuditMode | undefined,
  zone: ZoneContext,
  parts: AuditedParts,
  parent: pulumi.Resource,
): Audit | undefined {
  if (mode !== "full") return undefined;
  const { bronze, silver, gold, artifacts, serving, queries, operations } = parts;
  const { account, accessLogs, deletion, pipelineName, tags } = zone;
  const named = (name: pulumi.Output<string>): BucketRef => ({
    name,
    arn: pulumi.interpolate`arn:${account.partition}:s3:::${name}`,
  });
  return new Audit(
    `${pipelineName}-audit`,
    {
      account,
      pipelineName,
      buckets: {
        bronze: bronze.events.bucket,
        silver: silver.events.bucket,
        gold: gold.clicks.bucket,
        artifacts: artifacts.bucket,
        results: named(serving.resultsBucket),
        queryLog: named(queries.bucketName),
      },
      keys: [
        ...[bronze.events.key, silver.events.key, gold.clicks.key, artifacts.key],
        { arn: queries.keyArn },
        operations.store.ref.key,
      ],
      alarmTopicArn: operations.routes.intakeTopicArn,
      deadLetterQueueArn: operations.routes.notifierDeadLetters.arn,
      accessLogs,
      workgroup: serving.adhocWorkgroup,
      deletion,
      tags,
    },
    // Rules that fire while the topic does not admit them yet would fill the queue.
    { parent, dependsOn: [operations.routes] },
  );
}
