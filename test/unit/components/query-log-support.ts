import type { QueryLogArgs } from "../../../components/query-log";
import { arnOf, physicalName, type Recording } from "../support/cloud-mocks";
import { ZONE } from "../support/zone";

export const NAME = "clickstream-test-queries";
/** Region and account of an ARN. */
export const HERE = "eu-west-1:123456789012";
export const BUCKET = physicalName(`${NAME}-lake`);
export const BUCKET_ARN = arnOf(`${NAME}-lake`);
export const ARGS: QueryLogArgs = {
  zone: ZONE,
  workgroups: [
    { name: "wg-bi", team: "bi" },
    { name: "wg-adhoc", team: "analysts" },
  ],
  team: "web",
};

/** What a function of the log may do beside writing its log and using the key, which every function may. */
export function granted(recording: Recording, fn: string): unknown[] {
  const own = recording.policy("RolePolicy", `${NAME}-${fn}`).Statement.slice(2);
  return own.map(({ Sid, Effect, Action, Resource }) => [Sid, Effect, Action, Resource]);
}

/** Environment of a function of the log. */
export function variables(recording: Recording, fn: string): Record<string, string> {
  return (recording.inputs("Function", `${NAME}-${fn}`)["environment"] as { variables: Record<string, string> })
    .variables;
}
