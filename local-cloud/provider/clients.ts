/** One lazily loaded SDK client per service and region; every call is validated against AWS's model before it leaves. */
import { isTransient } from "./errors";
import { modelOf, shapeAt } from "./model";
import { extraIssues } from "./rules";
import { type Ask, liveIssues } from "./rules/live";
import { ValidationError, violations } from "./validate";

export type Input = Record<string, unknown>;
export type Output = Record<string, unknown>;

interface Sdk {
  readonly [name: string]: unknown;
}

/** Keys are botocore's names of the services; each module is loaded when its service is first called. */
const SERVICES = {
  athena: ["Athena", () => import("@aws-sdk/client-athena")],
  budgets: ["Budgets", () => import("@aws-sdk/client-budgets")],
  ce: ["CostExplorer", () => import("@aws-sdk/client-cost-explorer")],
  cloudtrail: ["CloudTrail", () => import("@aws-sdk/client-cloudtrail")],
  cloudwatch: ["CloudWatch", () => import("@aws-sdk/client-cloudwatch")],
  config: ["ConfigService", () => import("@aws-sdk/client-config-service")],
  dynamodb: ["DynamoDB", () => import("@aws-sdk/client-dynamodb")],
  ec2: ["EC2", () => import("@aws-sdk/client-ec2")],
  events: ["EventBridge", () => import("@aws-sdk/client-eventbridge")],
  glue: ["Glue", () => import("@aws-sdk/client-glue")],
  iam: ["IAM", () => import("@aws-sdk/client-iam")],
  kms: ["KMS", () => import("@aws-sdk/client-kms")],
  lakeformation: ["LakeFormation", () => import("@aws-sdk/client-lakeformation")],
  lambda: ["Lambda", () => import("@aws-sdk/client-lambda")],
  logs: ["CloudWatchLogs", () => import("@aws-sdk/client-cloudwatch-logs")],
  redshift: ["Redshift", () => import("@aws-sdk/client-redshift")],
  "redshift-serverless": ["RedshiftServerless", () => import("@aws-sdk/client-redshift-serverless")],
  s3: ["S3", () => import("@aws-sdk/client-s3")],
  scheduler: ["Scheduler", () => import("@aws-sdk/client-scheduler")],
  secretsmanager: ["SecretsManager", () => import("@aws-sdk/client-secrets-manager")],
  sns: ["SNS", () => import("@aws-sdk/client-sns")],
  sqs: ["SQS", () => import("@aws-sdk/client-sqs")],
  sts: ["STS", () => import("@aws-sdk/client-sts")],
} as const satisfies Record<string, readonly [string, () => Promise<object>]>;

export type Service = keyof typeof SERVICES;

interface Client {
  send(command: unknown): Promise<Output>;
  readonly middlewareStack: { add(middleware: unknown, options: object): void };
}

type Handler = (args: { input: Input }) => Promise<unknown>;

/** Refuses what AWS would refuse, before it is sent. Exported for the tests. */
export function validateInput(service: Service, operation: string, input: Input): void {
  const model = modelOf(service);
  const issues = [...violations(model, shapeAt(model, operation), input), ...extraIssues(service, operation, input)];
  if (issues.length > 0) throw new ValidationError(service, operation, issues);
}

/** How long a rule may look for the other resource that it is about. */
const LOOK_UP_MS = 60_000;

export class Clients {
  readonly #clients = new Map<string, Promise<{ sdk: Sdk; client: Client }>>();
  #cancelled = false;

  constructor(readonly region: string) {}

  cancel(): void {
    this.#cancelled = true;
  }

  get cancelled(): boolean {
    return this.#cancelled;
  }

  async #load(service: Service): Promise<{ sdk: Sdk; client: Client }> {
    const [name, load] = SERVICES[service];
    const loaded = (await load()) as Sdk;
    // A CommonJS module arrives as `default` when the importer is an ES module (the bundle) and as itself otherwise.
    const sdk = (loaded["default"] ?? loaded) as Sdk;
    const create = sdk[`${name}Client`] as new (config: object) => Client;
    // Path style: an emulator's endpoint has no wildcard DNS. AWS itself still accepts it.
    const local = (process.env["AWS_ENDPOINT_URL_S3"] ?? process.env["AWS_ENDPOINT_URL"]) !== undefined;
    const client = new create({ region: this.region, ...(service === "s3" ? { forcePathStyle: local } : {}) });
    const validate = (next: Handler, context: { commandName: string }): Handler => {
      const operation = context.commandName.replace(/Command$/, "");
      return async (args) => {
        validateInput(service, operation, args.input);
        const ask: Ask = (asked, question, input) => this.call(asked, question, input, Date.now() + LOOK_UP_MS);
        const issues = await liveIssues(service, operation, args.input, ask);
        if (issues.length > 0) throw new ValidationError(service, operation, issues);
        return next(args);
      };
    };
    client.middlewareStack.add(validate, { step: "initialize", name: "validateAgainstModel", priority: "high" });
    return { sdk, client };
  }

  /** One API call; transient errors are tried again until `deadline` (epoch ms). Undefined members are not sent. */
  async call(service: Service, operation: string, input: Input, deadline: number): Promise<Output> {
    let loading = this.#clients.get(service);
    if (loading === undefined) this.#clients.set(service, (loading = this.#load(service)));
    const { sdk, client } = await loading;
    const command = sdk[`${operation}Command`] as new (input: Input) => unknown;
    const given = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
    for (let pause = 100; ; pause = Math.min(pause * 2, 5_000)) {
      try {
        return await client.send(new command(given));
      } catch (error) {
        const again = isTransient(error) && !this.#cancelled && Date.now() + pause < deadline;
        if (!again) throw error;
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
  }
}
