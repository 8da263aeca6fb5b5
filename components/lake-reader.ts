import * as pulumi from "@pulumi/pulumi";
import { accessLogBucket } from "./access-logs";
import { currentAccount } from "./aws-account";
import { consoleUrl } from "./console-url";
import { warnIfRefused } from "./deletion";
import { withBoundary } from "./identity/boundary";
import { Identity } from "./identity/identity";
import type { IdentitySettings } from "./identity/settings";
import type { StackContext } from "./lake-zone";
import { checkPipelineName, componentType } from "./naming";
import { ReaderOperations } from "./operations/reader-operations";
import type { AlertSettings, OperationsSettings, RetentionSettings, ScanSettings } from "./pipeline-args";
import { QueryLog } from "./query-log";
import { ServingLayer } from "./serving-layer";
import { locationsOf, type SharedLake } from "./shared-lake";
import type { DeletionKeys, Tags } from "./types";

/** Arguments of `LakeReader`. */
export interface LakeReaderArgs {
  /** Who reads; on every tag, metric and alert. */
  team: string;
  /** `dev`, `staging` or `prod`; on every tag, metric and alert. */
  environment: string;
  /** The lake that is read; its owner must have named this pipeline. */
  lake: SharedLake;
  /** Windows of the saved queries, and the end of results. @default each field's own */
  retention?: Pick<RetentionSettings, "hotFor" | "warmUntil" | "results">;
  /** @default each field's own */
  scans?: ScanSettings;
  /** @default each field's own */
  operations?: Pick<OperationsSettings, "monthlyBudgetUsd" | "runbookBaseUrl">;
  /** Who is told of budgets and alarms. @default nobody */
  recipients?: Pick<AlertSettings, "pagerEndpoint" | "slackWebhook" | "alertEmail">;
  /** People and deployments that use the stack's keys (`KeyScope`). @default whom IAM allows */
  keyPrincipals?: readonly string[];
  /** Who takes on the roles of dashboards, analysts and CI; operators and privacy officers are the owner's. @default nobody */
  identity?: Pick<IdentitySettings, "bi" | "analysts" | "ci">;
  /** Managed policy that bounds every role of the stack. @default no boundary */
  permissionsBoundaryArn?: string;
  /** @default both keys off: the query log and results are kept */
  deletion?: DeletionKeys;
  /** Tags beside team, environment and pipeline. @default none */
  tags?: Tags;
}

/** What a person or a script needs to work with a stack that reads another's lake; `index.ts` exports exactly these. */
export interface LakeReaderOutputs {
  pipelineName: pulumi.Output<string>;
  region: pulumi.Output<string>;
  /** Pipeline whose gold is read. No other stack has this output. */
  lakeOwner: pulumi.Output<string>;
  goldBucket: pulumi.Output<string>;
  goldDatabase: pulumi.Output<string>;
  resultsBucket: pulumi.Output<string>;
  biWorkgroup: pulumi.Output<string>;
  adhocWorkgroup: pulumi.Output<string>;
  queryLogDatabase: pulumi.Output<string>;
  queryLogBucket: pulumi.Output<string>;
  queryLogFunction: pulumi.Output<string>;
  operationsTable: pulumi.Output<string>;
  alarmTopicArn: pulumi.Output<string>;
  pagerTopicArn: pulumi.Output<string>;
  alarmNotifierFunction: pulumi.Output<string>;
  alarmNotifierDlqUrl: pulumi.Output<string>;
  dailyCostFunction: pulumi.Output<string>;
  budgetName: pulumi.Output<string>;
  athenaConsoleUrl: pulumi.Output<string>;
}

/**
 * A team's own serving over the gold of another team's stack: workgroups with their own limits, results under their own
 * key, roles, query log, budget and alarms. It makes no layer, no job and no alert path, and changes nothing of the lake.
 *
 * Both sides have to agree: the roles' policies here name the owner's gold, and the policy of gold's key names this
 * pipeline's roles (`ClickstreamPipelineArgs.lakeReaders`). Without the latter KMS refuses every read.
 */
export class LakeReader extends pulumi.ComponentResource {
  readonly outputs: LakeReaderOutputs;

  constructor(name: string, args: LakeReaderArgs, opts?: pulumi.ComponentResourceOptions) {
    checkPipelineName(name);
    super(componentType("LakeReader"), name, {}, withBoundary(opts, args.permissionsBoundaryArn));
    const context = this.createContext(name, args);
    warnIfRefused(context.deletion, this);
    const serving = this.createServing(name, args, context);
    const queries = this.createQueryLog(name, args, context, serving);
    const operations = this.createOperations(name, args, context, queries);
    this.createIdentity(name, args, context, serving);
    this.outputs = this.outputsOf(name, args, context, { serving, queries, operations });
    this.registerOutputs(this.outputs);
  }

  private createContext(name: string, args: LakeReaderArgs): StackContext {
    const deletion = args.deletion ?? { deleteData: false, allowDelete: false };
    const tags = { ...args.tags, team: args.team, environment: args.environment, pipeline: name };
    const keyScope = { pipelineName: name, people: args.keyPrincipals ?? [] };
    const account = { ...currentAccount(this), keyScope };
    return {
      pipelineName: name,
      account,
      accessLogs: accessLogBucket(name, { account, deletion, tags }, this),
      deletion,
      tags,
    };
  }

  private createServing(name: string, args: LakeReaderArgs, zone: StackContext): ServingLayer {
    const { clicks, sales } = locationsOf(args.lake);
    const { hotFor, warmUntil, results: resultsExpiry } = args.retention ?? {};
    const cutoffs = { biScanCutoff: args.scans?.bi, adhocScanCutoff: args.scans?.adhoc };
    const serving = { zone, clicks, sales, hotFor, warmUntil, resultsExpiry, ...cutoffs };
    return new ServingLayer(`${name}-serving`, serving, { parent: this });
  }

  private createQueryLog(name: string, { team }: LakeReaderArgs, zone: StackContext, serving: ServingLayer): QueryLog {
    const workgroups = [
      { name: serving.biWorkgroup, team: "bi" },
      { name: serving.adhocWorkgroup, team: "analysts" },
    ];
    return new QueryLog(`${name}-queries`, { zone, workgroups, team }, { parent: this });
  }

  private createOperations(
    name: string,
    { team, environment, operations: settings, recipients }: LakeReaderArgs,
    context: StackContext,
    queryLog: QueryLog,
  ): ReaderOperations {
    const args = { context, team, environment, settings, recipients, queryLog };
    return new ReaderOperations(`${name}-ops`, args, { parent: this });
  }

  private createIdentity(name: string, args: LakeReaderArgs, context: StackContext, serving: ServingLayer): void {
    const { bi = [], analysts = [], ci } = args.identity ?? {};
    if (bi.length + analysts.length === 0 && ci === undefined) return;
    const { clicks, users, sales } = locationsOf(args.lake);
    const { results, biWorkgroup, adhocWorkgroup } = serving;
    new Identity(
      `${name}-id`,
      {
        account: context.account,
        settings: { bi, analysts, ci },
        gold: [clicks, users, sales],
        results,
        biWorkgroup,
        adhocWorkgroup,
        tags: context.tags,
      },
      { parent: this },
    );
  }

  private outputsOf(
    name: string,
    { lake }: LakeReaderArgs,
    { account }: StackContext,
    { serving, queries, operations }: { serving: ServingLayer; queries: QueryLog; operations: ReaderOperations },
  ): LakeReaderOutputs {
    const { routes, costs, store } = operations;
    return {
      pipelineName: pulumi.output(name),
      region: pulumi.output(account.region),
      lakeOwner: pulumi.output(lake.pipelineName),
      goldBucket: pulumi.output(lake.bucket.name),
      goldDatabase: pulumi.output(lake.database),
      resultsBucket: serving.resultsBucket,
      biWorkgroup: serving.biWorkgroup,
      adhocWorkgroup: serving.adhocWorkgroup,
      queryLogDatabase: queries.database,
      queryLogBucket: queries.bucketName,
      queryLogFunction: queries.functionName,
      operationsTable: pulumi.output(store.ref.tableName),
      alarmTopicArn: routes.intakeTopicArn,
      pagerTopicArn: routes.pagerTopicArn,
      alarmNotifierFunction: routes.functionName,
      alarmNotifierDlqUrl: routes.notifierDeadLetters.url,
      dailyCostFunction: costs.functionName,
      budgetName: costs.budgetName,
      athenaConsoleUrl: consoleUrl(account, "athena", "/query-editor"),
    };
  }
}
