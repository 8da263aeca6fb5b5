import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { createQueryLogMaintainer } from "../handlers/query-log/maintain";
import { createWarehousePoller } from "../handlers/query-log/poll-warehouse";
import { createQueryRecorder } from "../handlers/query-log/record-queries";
import { QUERY_LOG_ENV } from "../handlers/query-log/settings";
import type { Days } from "./duration";
import type { EncryptionKey } from "./encryption-key";
import { EventFunction, type EventFunctionArgs } from "./event-function";
import type { StackContext } from "./lake-zone";
import { componentType } from "./naming";
import { QueryLogQueue, QueryLogRules, startByRule } from "./query-log-intake";
import { maintainerStatements, pollerStatements, recorderStatements } from "./query-log-policies";
import { QueryLogStore } from "./query-log-store";
import { DEFAULT_POLL_SCHEDULES, type QueryLogWarehouse } from "./query-log-warehouse";

/** Team under which the log's own queries appear. */
export const MAINTENANCE_TEAM = "maintenance";
/** One call for the batch, two for each of its ten queries. */
export const RECORDER_TIMEOUT_SECONDS = 30;
/** Eight days of an UNLOAD each, some seconds apiece. */
const MAINTAINER_TIMEOUT_SECONDS = 300;
/** The first poll writes seven days of queries. */
const POLLER_TIMEOUT_SECONDS = 300;
/** Athena's history is asked by two at most: its calls are throttled for the account. */
const RECORDER_CONCURRENCY = 2;

/** A workgroup whose queries are logged. */
export interface LoggedWorkgroup {
  name: pulumi.Input<string>;
  /** Who pays for its queries. */
  team: string;
}

/** Arguments of `QueryLog`. */
export interface QueryLogArgs {
  zone: StackContext;
  /** Athena workgroups of this stack; the log's own is added to them. */
  workgroups: readonly LoggedWorkgroup[];
  /** Team of warehouse users that no team claims. */
  team: string;
  /** @default no warehouse is polled */
  warehouse?: QueryLogWarehouse;
  /** Age at which published days go. @default `DEFAULT_KEEP_LOG_FOR` */
  keepFor?: Days;
}

/**
 * Every Athena and Redshift query, once, in one table.
 *
 * Ended Athena queries come by event, Redshift's by polling; each becomes one object that is never changed. An hourly
 * publication turns the days with new objects into Parquet and moves their partitions there; a daily reconciliation
 * finds queries whose event never came.
 */
export class QueryLog extends pulumi.ComponentResource {
  readonly bucketName: pulumi.Output<string>;
  readonly database: pulumi.Output<string>;
  /** Workgroup in which the log's own queries run. */
  readonly workgroup: pulumi.Output<string>;
  /** Function to invoke with `{"task":"publish"}` or `{"task":"reconcile","days":45}`. */
  readonly functionName: pulumi.Output<string>;
  readonly queueUrl: pulumi.Output<string>;
  readonly deadLetterQueueUrl: pulumi.Output<string>;
  readonly keyArn: pulumi.Output<string>;

  constructor(name: string, args: QueryLogArgs, opts?: pulumi.ComponentResourceOptions) {
    super(componentType("QueryLog"), name, {}, opts);
    const { zone, keepFor } = args;
    const store = new QueryLogStore(name, { zone, keepFor }, { parent: this });
    const parts: Parts = {
      store,
      logged: [...args.workgroups, { name: store.workgroup, team: MAINTENANCE_TEAM }],
    };
    const rules = this.createRules(name, args, parts);
    const queue = this.createQueue(name, args, store.key, rules);
    this.createRecorder(name, args, parts, queue);
    const maintainer = this.createMaintainer(name, args, parts, queue);
    startByRule(`${name}-hourly`, rules.hourly, maintainer, { task: "publish" }, queue, this);
    startByRule(`${name}-daily`, rules.daily, maintainer, { task: "reconcile" }, queue, this);
    if (rules.poll !== undefined && args.warehouse !== undefined) {
      const poller = this.createPoller(name, args, parts, queue, args.warehouse);
      startByRule(`${name}-poll`, rules.poll, poller, {}, queue, this);
    }

    this.bucketName = store.bucket.name;
    this.database = store.database;
    this.workgroup = store.workgroup;
    this.functionName = maintainer.name;
    this.queueUrl = queue.queue.url;
    this.deadLetterQueueUrl = queue.deadLetters.url;
    this.keyArn = store.key.arn;
    this.registerOutputs({ bucketName: this.bucketName, database: this.database, functionName: this.functionName });
  }

  private createRules(name: string, args: QueryLogArgs, { logged }: Parts): QueryLogRules {
    const { warehouse } = args;
    return new QueryLogRules(
      name,
      {
        workgroups: logged.map((one) => one.name),
        pollSchedule:
          warehouse === undefined ? undefined : (warehouse.pollSchedule ?? DEFAULT_POLL_SCHEDULES[warehouse.kind]),
        tags: args.zone.tags,
      },
      { parent: this },
    );
  }

  private createQueue(name: string, args: QueryLogArgs, key: EncryptionKey, rules: QueryLogRules): QueryLogQueue {
    return new QueryLogQueue(
      name,
      // AWS asks for at least six times the function's timeout, so that a slow batch is not delivered twice.
      { rules, key, visibilitySeconds: 6 * RECORDER_TIMEOUT_SECONDS, tags: args.zone.tags },
      { parent: this },
    );
  }

  private createRecorder(name: string, args: QueryLogArgs, parts: Parts, queue: QueryLogQueue): void {
    const {
      store: { bucket },
      logged,
    } = parts;
    const recorder = this.createFunction(`${name}-record`, args, parts, {
      description: "Writes a record of each Athena query that ended",
      factory: createQueryRecorder,
      environment: { [QUERY_LOG_ENV.bucket]: bucket.name, [QUERY_LOG_ENV.teams]: teamsOf(logged) },
      memoryMb: 256,
      timeoutSeconds: RECORDER_TIMEOUT_SECONDS,
      statements: recorderStatements(
        args.zone.account,
        bucket,
        logged.map((one) => one.name),
        queue.queue,
      ),
    });
    new aws.lambda.EventSourceMapping(
      `${name}-record`,
      {
        eventSourceArn: queue.queue.arn,
        functionName: recorder.arn,
        batchSize: 10,
        functionResponseTypes: ["ReportBatchItemFailures"],
        scalingConfig: { maximumConcurrency: RECORDER_CONCURRENCY },
      },
      { parent: this },
    );
  }

  private createMaintainer(name: string, args: QueryLogArgs, parts: Parts, queue: QueryLogQueue): EventFunction {
    const {
      store: { bucket, database, workgroup },
      logged,
    } = parts;
    return this.createFunction(`${name}-maintain`, args, parts, {
      description: "Publishes the query log, and finds queries without a record",
      factory: createQueryLogMaintainer,
      environment: {
        [QUERY_LOG_ENV.bucket]: bucket.name,
        [QUERY_LOG_ENV.teams]: teamsOf(logged),
        [QUERY_LOG_ENV.database]: database,
        [QUERY_LOG_ENV.workgroup]: workgroup,
      },
      timeoutSeconds: MAINTAINER_TIMEOUT_SECONDS,
      statements: maintainerStatements(
        args.zone.account,
        bucket,
        database,
        logged.map((one) => one.name),
        workgroup,
      ),
      deadLetterQueueArn: queue.deadLetters.arn,
    });
  }

  private createPoller(
    name: string,
    args: QueryLogArgs,
    parts: Parts,
    queue: QueryLogQueue,
    warehouse: QueryLogWarehouse,
  ): EventFunction {
    const { kind, database, secretArn, teams = {} } = warehouse;
    return this.createFunction(`${name}-poll`, args, parts, {
      description: "Writes a record of each query that ended in the warehouse",
      factory: createWarehousePoller,
      environment: {
        [QUERY_LOG_ENV.bucket]: parts.store.bucket.name,
        [QUERY_LOG_ENV.team]: args.team,
        [QUERY_LOG_ENV.warehouse]: pulumi.jsonStringify({ kind, name: warehouse.name, database, secretArn, teams }),
      },
      timeoutSeconds: POLLER_TIMEOUT_SECONDS,
      statements: pollerStatements(parts.store.bucket, warehouse),
      deadLetterQueueArn: queue.deadLetters.arn,
    });
  }

  private createFunction(
    name: string,
    args: QueryLogArgs,
    { store }: Parts,
    own: Omit<EventFunctionArgs, "key" | "tags">,
  ): EventFunction {
    return new EventFunction(name, { ...own, key: store.key, tags: args.zone.tags }, { parent: this });
  }
}

/** What the functions and rules share. */
interface Parts {
  store: QueryLogStore;
  logged: readonly LoggedWorkgroup[];
}

/** `{"<workgroup>":"<team>"}` */
function teamsOf(logged: readonly LoggedWorkgroup[]): pulumi.Output<string> {
  return pulumi
    .all(logged.map(({ name }) => name))
    .apply((names) => JSON.stringify(Object.fromEntries(names.map((name, at) => [name, logged[at]?.team]))));
}
