import { CreateRoleCommand, IAMClient, ListRolesCommand, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { AssumeRoleCommand, STSClient, type Credentials } from "@aws-sdk/client-sts";
import { awsClients, clientSettings, type AwsClients } from "../../../automation/stack/clients";
import type { Target } from "../../../automation/stack/target";

/** Account of the local cloud, and one that is not its own. */
export const ACCOUNT = "000000000000";
export const STRANGERS_ACCOUNT = "999999999999";
const REGION = "us-east-1";
/** Services that take on a role of the stack, as its trust policy names them. */
type Service = "glue" | "lambda" | "redshift";

/** Keys as the environment of a process names them. */
export type Keys = Readonly<Record<string, string>>;

/** Who acts on a stack whose policies are enforced: each with clients of its own. */
export class Actors {
  private readonly opened: AwsClients[] = [];

  constructor(readonly target: Target) {}

  /** Clients of whoever holds the keys. */
  clients(keys: Keys): AwsClients {
    const clients = awsClients(this.with(keys), REGION);
    this.opened.push(clients);
    return clients;
  }

  /** The target as it is for whoever holds the keys, for clients of other services. */
  with(keys: Keys): Target {
    return { ...this.target, env: { ...this.target.env, ...keys } };
  }

  /** Keys that the service gets for the role: what the code of a job or a function holds. */
  async keysOfService(service: Service, role: string): Promise<Keys> {
    const url = `${this.target.endpointOf("glue") ?? ""}/_local/assume`;
    const body = JSON.stringify({ role, service: `${service}.amazonaws.com` });
    const answer = (await (await fetch(url, { method: "POST", body })).json()) as { environment?: Keys };
    if (answer.environment === undefined) throw new Error(`${service} does not get ${role}: ${JSON.stringify(answer)}`);
    return answer.environment;
  }

  /** Takes on a role with the keys of somebody else. @throws what STS refuses it with */
  async assume(role: string, keys: Keys = {}): Promise<Keys> {
    const sts = new STSClient(clientSettings(this.with(keys), REGION));
    try {
      const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn: role, RoleSessionName: "test" }));
      return environmentOf(Credentials);
    } finally {
      sts.destroy();
    }
  }

  /** A role of an account that its root takes on; it may do everything that no other policy forbids. */
  async createRole(name: string, keys: Keys = {}, statement: object = EVERYTHING): Promise<string> {
    const iam = new IAMClient(clientSettings(this.with(keys), REGION));
    const account = keys["AWS_ACCESS_KEY_ID"] ?? ACCOUNT;
    const trust = { Effect: "Allow", Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: "sts:AssumeRole" };
    try {
      const { Role } = await iam.send(
        new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: JSON.stringify(policy(trust)) }),
      );
      const document = JSON.stringify(policy(statement));
      await iam.send(new PutRolePolicyCommand({ RoleName: name, PolicyName: "p", PolicyDocument: document }));
      return Role?.Arn ?? "";
    } finally {
      iam.destroy();
    }
  }

  /** ARN of the stack's role with this logical name, without the pipeline's. */
  async roleOf(pipelineName: string, name: string): Promise<string> {
    const iam = new IAMClient(clientSettings(this.target, REGION));
    try {
      const { Roles = [] } = await iam.send(new ListRolesCommand({ MaxItems: 1000 }));
      // Auto-naming appends a hyphen and 7 hexadecimal digits.
      const named = new RegExp(`^${pipelineName}-${name}-[0-9a-f]{7}$`);
      const found = Roles.filter(({ RoleName = "" }) => named.test(RoleName));
      if (found.length !== 1) throw new Error(`${String(found.length)} roles are named ${name} in ${pipelineName}`);
      return found[0]?.Arn ?? "";
    } finally {
      iam.destroy();
    }
  }

  destroy(): void {
    for (const clients of this.opened) clients.destroy();
  }
}

/** Keys of the root of an account, as the emulator knows them. */
export function rootOf(account: string): Keys {
  return { AWS_ACCESS_KEY_ID: account, AWS_SECRET_ACCESS_KEY: "test" };
}

const EVERYTHING = { Effect: "Allow", Action: "*", Resource: "*" };

function policy(statement: object): object {
  return { Version: "2012-10-17", Statement: [statement] };
}

function environmentOf(found: Credentials | undefined): Keys {
  return {
    AWS_ACCESS_KEY_ID: found?.AccessKeyId ?? "",
    AWS_SECRET_ACCESS_KEY: found?.SecretAccessKey ?? "",
    AWS_SESSION_TOKEN: found?.SessionToken ?? "",
  };
}
