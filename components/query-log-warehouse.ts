import type * as pulumi from "@pulumi/pulumi";
import type { KeyRef } from "./types";

/**
 * A Redshift warehouse whose queries are logged. Its secret must be that of a superuser, or of a user with the role
 * `sys:monitor`: others see their own queries only.
 */
export interface QueryLogWarehouse {
  /** `cluster`: provisioned, by its identifier; `workgroup`: serverless, by its workgroup. */
  kind: "cluster" | "workgroup";
  name: pulumi.Input<string>;
  /** ARN of the cluster or of the workgroup. */
  arn: pulumi.Input<string>;
  /** Any database of it: the history is that of all. */
  database: pulumi.Input<string>;
  secretArn: pulumi.Input<string>;
  /** Key that encrypts the secret. @default Secrets Manager's own, which takes no permission */
  secretKey?: KeyRef;
  /** Team of a database user. @default every user is of the stack's team */
  teams?: Readonly<Record<string, string>>;
  /** How often the history is read, an EventBridge schedule. @default `DEFAULT_POLL_SCHEDULES[kind]` */
  pollSchedule?: string;
}

/**
 * A cluster costs the same whether it is asked or not, and a paused one is not asked. A serverless workgroup is billed
 * for at least a minute each time that it is asked: every 15 minutes would be 1.6 hours of its base capacity a day.
 */
export const DEFAULT_POLL_SCHEDULES: Readonly<Record<QueryLogWarehouse["kind"], string>> = {
  cluster: "rate(15 minutes)",
  workgroup: "rate(6 hours)",
};
