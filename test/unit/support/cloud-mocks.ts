import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { withoutSourceMaps } from "../../../automation/stack/plain-traces";

/** Account, region and partition of every mocked deployment. */
export const ACCOUNT = {
  accountId: "123456789012",
  region: "eu-west-1",
  partition: "aws",
  keyScope: { pipelineName: "clickstream-test", people: [] },
} as const;

/** One resource as the program registered it. */
export interface Registration {
  type: string;
  /** Logical name. */
  name: string;
  /** Inputs, outputs resolved; secrets are unwrapped. */
  inputs: Record<string, unknown>;
  custom: boolean;
  urn: string;
  parent: string;
  retainOnDelete: boolean;
  ignoreChanges: string[];
  dependencies: string[];
  /** Top-level inputs that were sent as secrets. */
  secrets: string[];
}

/** Everything that a program registered, called and warned of. */
export class Recording {
  readonly registrations: Registration[] = [];
  readonly invokes: string[] = [];
  readonly warnings: string[] = [];

  /** Registrations of a type, such as `aws:s3/bucket:Bucket`, or for AWS resources its last part, `Bucket`. */
  ofType(type: string): Registration[] {
    return this.registrations.filter((one) => one.type === type || (one.custom && one.type.endsWith(`:${type}`)));
  }

  /** The one registration of this type and name. */
  one(type: string, name: string): Registration {
    const found = this.ofType(type).filter((registration) => registration.name === name);
    expect(
      found,
      `${type} ${name}; there are ${this.ofType(type)
        .map((other) => other.name)
        .join(", ")}`,
    ).to.have.length(1);
    return found[0] as Registration;
  }

  /** Inputs of the one registration of this type and name. */
  inputs(type: string, name: string): Record<string, unknown> {
    return this.one(type, name).inputs;
  }

  /** A policy document among the inputs of a registration. */
  policy(type: string, name: string, property = "policy"): { Version: string; Statement: Statement[] } {
    return JSON.parse(this.inputs(type, name)[property] as string) as { Version: string; Statement: Statement[] };
  }

  /** The statement of a policy with this id. */
  statement(type: string, name: string, sid: string): Statement {
    const found = this.policy(type, name).Statement.filter((statement) => statement.Sid === sid);
    expect(found, `statement ${sid} of ${type} ${name}`).to.have.length(1);
    return found[0] as Statement;
  }
}

/** A statement of a policy as it is sent. */
export interface Statement {
  Sid: string;
  Effect: string;
  Principal?: unknown;
  Action: string | string[];
  Resource?: string | string[];
  Condition?: Record<string, Record<string, string | string[]>>;
}

/** What the engine is told beside the inputs; the mocks see the inputs only, so the request is read on its way. */
interface RegisterRequest {
  getType(): string;
  getName(): string;
  getCustom(): boolean;
  getParent(): string;
  getRetainondelete(): boolean | undefined;
  getIgnorechangesList(): string[];
  getDependenciesList(): string[];
}

/** Key and value by which the engine's protocol marks a secret. */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
type Callback = (error: Error | null, response?: { getUrn(): string }) => void;
interface Monitor {
  registerResource(request: RegisterRequest, callback: Callback): Promise<void>;
}

/** Who deploys, as STS knows the session of a role; it is a data lake administrator. */
export const DEPLOYER = `arn:aws:sts::${ACCOUNT.accountId}:assumed-role/Deployer/session`;
const INVOKES: Record<string, Record<string, unknown>> = {
  "aws:index/getCallerIdentity:getCallerIdentity": {
    accountId: ACCOUNT.accountId,
    arn: DEPLOYER,
  },
  "aws:index/getRegion:getRegion": { region: ACCOUNT.region },
  "aws:index/getPartition:getPartition": { partition: ACCOUNT.partition },
  "aws:lakeformation/getDataLakeSettings:getDataLakeSettings": {
    admins: [`arn:aws:iam::${ACCOUNT.accountId}:role/platform/Deployer`],
  },
  "aws:secretsmanager/getRandomPassword:getRandomPassword": { randomPassword: "drawn-by-the-mock" },
};

/** ARN that the mocks give to a resource. */
export function arnOf(name: string): string {
  return `arn:aws:mock:::${name}`;
}

/** Physical name that the mocks give to a resource, as auto-naming would. */
export function physicalName(name: string): string {
  return `${name}-1234567`;
}

function stateOf({ name, type, inputs }: pulumi.runtime.MockResourceArgs): Record<string, unknown> {
  const given = inputs as Record<string, unknown>;
  const url = type === "aws:sqs/queue:Queue" ? { url: `https://queue/${name}` } : {};
  const bucket = type === "aws:s3/bucket:Bucket" ? { bucket: given["bucket"] ?? physicalName(name) } : {};
  return {
    name: physicalName(name),
    arn: arnOf(name),
    keyId: `${name}-id`,
    ...url,
    ...bucket,
    ...computed(name, type),
    ...given,
  };
}

/** What AWS, or a component of a package, makes up for itself. */
function computed(name: string, type: string): Record<string, unknown> {
  const known: Record<string, Record<string, unknown>> = {
    "awsx:ec2:Vpc": {
      vpcId: `${name}-vpc`,
      isolatedSubnetIds: [1, 2, 3].map((zone) => `${name}-subnet-${zone}`),
      subnets: [1, 2, 3].map((zone) => ({
        id: `${name}-subnet-${zone}`,
        availabilityZone: `eu-west-1${"abc"[zone - 1]}`,
      })),
      routeTables: [1, 2, 3].map((zone) => ({ id: `${name}-routes-${zone}` })),
    },
    "aws:ec2/vpcEndpoint:VpcEndpoint": { prefixListId: "pl-1234567890abcdef0" },
    "aws:redshift/cluster:Cluster": { masterPasswordSecretArn: arnOf(`${name}-admin`) },
    "aws:redshiftserverless/namespace:Namespace": { adminPasswordSecretArn: arnOf(`${name}-admin`) },
  };
  return known[type] ?? {};
}

/**
 * Runs `build` against mocks and waits until every resource is registered. An invoke that the mocks do not know
 * fails the program.
 *
 * @param stacks outputs of other stacks by their full names, as a StackReference finds them; an unknown one has none
 */
export async function deploy(
  build: () => unknown,
  config: Record<string, string> = {},
  stacks: Record<string, Record<string, unknown>> = {},
): Promise<Recording> {
  const recording = new Recording();
  const latest: Latest = { inputs: {} };
  await pulumi.runtime.setMocks(
    {
      newResource: (args) => {
        if (args.type === "pulumi:pulumi:StackReference") {
          return { id: args.name, state: { name: args.name, outputs: stacks[args.name] ?? {} } };
        }
        latest.inputs = args.inputs as Record<string, unknown>;
        return { id: `${args.name}-id`, state: stateOf(args) };
      },
      call: ({ token }) => {
        const result = INVOKES[token];
        if (result === undefined) throw new Error(`the program called ${token}, which no test expects`);
        recording.invokes.push(token);
        return result;
      },
    },
    "clickstream",
    "test",
    false,
  );
  pulumi.runtime.setAllConfig(config);
  record(recording, latest);
  const { warn } = console;
  // eslint-disable-next-line no-console -- without an engine, pulumi.log.warn writes there
  console.warn = (text: string) => recording.warnings.push(text);
  try {
    // Pulumi takes a stack trace for each resource; mapping them took a third of these tests' time.
    await withoutSourceMaps(async () => {
      await build();
      await pulumi.runtime.disconnect();
    });
  } finally {
    console.warn = warn; // eslint-disable-line no-console -- put back
  }
  return recording;
}

/** Inputs that the mocks were handed last: the monitor calls them before it first waits. */
interface Latest {
  inputs: Record<string, unknown>;
}

function record(recording: Recording, latest: Latest): void {
  const monitor = pulumi.runtime.getMonitor() as unknown as Monitor;
  const original = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, callback) => {
    const registered = original(request, (error, response) => {
      if (response !== undefined) recording.registrations.push(registration(request, response.getUrn(), inputs));
      callback(error, response);
    });
    const { inputs } = latest;
    return registered;
  };
}

function isSecret(value: unknown): value is { value: unknown } {
  return (value as Record<string, unknown> | null | undefined)?.[SIGNATURE] === SECRET;
}

function registration(request: RegisterRequest, urn: string, sent: Record<string, unknown>): Registration {
  const secrets = Object.keys(sent).filter((key) => isSecret(sent[key]));
  const inputs = Object.fromEntries(
    Object.entries(sent).map(([key, value]) => [key, isSecret(value) ? value.value : value]),
  );
  return {
    type: request.getType(),
    name: request.getName(),
    custom: request.getCustom(),
    inputs,
    urn,
    parent: request.getParent(),
    retainOnDelete: request.getRetainondelete() === true,
    ignoreChanges: request.getIgnorechangesList(),
    dependencies: request.getDependenciesList(),
    secrets,
  };
}

/** Resolves an output. */
export function valueOf<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => output.apply(resolve));
}

/** Every child's logical name begins with its parent's, and no two resources share an URN. */
export function expectNamesPrefixed(recording: Recording): void {
  const byUrn = new Map(recording.registrations.map((one) => [one.urn, one]));
  expect(byUrn.size, "distinct URNs").to.equal(recording.registrations.length);
  for (const { type, name, parent } of recording.registrations) {
    const owner = byUrn.get(parent);
    const prefix = owner?.name ?? "clickstream";
    expect(name.startsWith(prefix), `${type} ${name} must begin with ${prefix}`).to.equal(true);
  }
}
