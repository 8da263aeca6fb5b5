import * as pulumi from "@pulumi/pulumi";
import { offlineGraph } from "../../../automation/graph/offline";
import type { ResourceNode } from "../../../automation/graph/resource-graph";
import { stackFileConfig } from "../../../automation/graph/stack-file";
import { EncryptionKey } from "../../../components/encryption-key";
import { KEY_USERS } from "../../../components/key-users";
import { WarehouseIdlePause } from "../../../components/warehouse/idle-pause";
import type { Resource } from "../../../policy/resource";
import { graphOf, readerGraph } from "../automation/graph/graphs";
import { ACCOUNT, deploy } from "../support/cloud-mocks";
import { ZONE } from "../support/zone";

/** Modes in which the program can run. */
export const MODES = ["dev", "prod", "serverless", "none"] as const;
export type Mode = (typeof MODES)[number];

let none: Promise<readonly ResourceNode[]> | undefined;

/** Resources of the real program in a mode; dry runs are shared with the tests of the graph. */
export async function resourcesOfMode(mode: Mode): Promise<readonly ResourceNode[]> {
  if (mode !== "none") return (await graphOf(mode)).graph.nodes;
  return (none ??= withoutWarehouse());
}

/** No warehouse, every way of telling people, and roles that Lake Formation governs. */
async function withoutWarehouse(): Promise<readonly ResourceNode[]> {
  const graph = await offlineGraph("none", {
    ...(await stackFileConfig("prod")),
    "clickstream:warehouseMode": "none",
    "clickstream:slackWebhook": "https://hooks.example.com/services/not-a-real-one",
    "clickstream:pagerEndpoint": "https://pager.example.com/integrations/not-a-real-one",
    "clickstream:alertEmail": "on-call@example.com",
    "clickstream:biPrincipals": '["arn:aws:iam::111122223333:role/Dashboards"]',
    "clickstream:analystPrincipals": '["arn:aws:iam::111122223333:role/Analysts"]',
    "clickstream:lakeFormation": "true",
  });
  return graph.nodes;
}

let reader: Promise<readonly ResourceNode[]> | undefined;

/** A stack that reads the lake of another, with every role and way of telling people that it can have. */
export function resourcesOfReader(): Promise<readonly ResourceNode[]> {
  return (reader ??= readerGraph().then(({ nodes }) => nodes));
}

/** The function that pauses an idle cluster, which no committed config has; its component alone, under mocks. */
export async function resourcesOfIdlePause(): Promise<readonly Resource[]> {
  const { account, deletion, tags } = ZONE;
  const text = (value: string): pulumi.Output<string> => pulumi.output(value);
  const { registrations } = await deploy(() => {
    const key = new EncryptionKey("p-warehouse-key", {
      description: "Warehouse",
      account,
      users: KEY_USERS.warehouse,
      deletion,
      tags,
    });
    const warehouse = {
      kind: "cluster" as const,
      name: text("p-warehouse"),
      arn: text(`arn:aws:redshift:eu-west-1:${ACCOUNT.accountId}:cluster:p-warehouse`),
      database: "clickstream",
      secretArn: text(`arn:aws:secretsmanager:eu-west-1:${ACCOUNT.accountId}:secret:p-warehouse`),
      keyArn: text(`arn:aws:kms:eu-west-1:${ACCOUNT.accountId}:key/p-warehouse`),
      lakeRoleArn: text(`arn:aws:iam::${ACCOUNT.accountId}:role/p-warehouse-lake`),
    };
    new WarehouseIdlePause("p-warehouse-pause", { warehouse, key, idleMinutes: 60, tags });
  });
  return registrations.map(({ urn, type, name, inputs }) => ({ urn, type, name, inputs, outputs: inputs }));
}
