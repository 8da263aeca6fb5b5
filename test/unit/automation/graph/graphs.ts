import { offlineGraph, offlineStack } from "../../../../automation/graph/offline";
import type { DeployedStack } from "../../../../automation/graph/deployed";
import type { ResourceGraph } from "../../../../automation/graph/resource-graph";
import { stackFileConfig } from "../../../../automation/graph/stack-file";

/** A secret that no graph may show. */
export const WEBHOOK = "https://hooks.example.com/services/T000/B000/not-to-be-seen";

const running = new Map<string, Promise<DeployedStack>>();

/** Dry runs of the program that tests share: each is a process of its own and takes seconds. */
export function graphOf(form: "dev" | "prod" | "serverless"): Promise<DeployedStack> {
  const known = running.get(form);
  if (known !== undefined) return known;
  const made = make(form);
  running.set(form, made);
  return made;
}

let reader: Promise<ResourceGraph> | undefined;

/** The stack `shop`, which reads the lake of checkout and has every role and way of telling people that it can have. */
export function readerGraph(): Promise<ResourceGraph> {
  return (reader ??= offlineGraph("shop", {
    "aws:region": "us-east-1",
    "clickstream:team": "shop",
    "clickstream:lakeStack": "organization/clickstream/checkout",
    "clickstream:biPrincipals": '["arn:aws:iam::111122223333:role/Dashboards"]',
    "clickstream:analystPrincipals": '["arn:aws:iam::111122223333:role/Analysts"]',
    "clickstream:ciProvider": "github",
    "clickstream:ciRepository": "acme/shop",
    "clickstream:ciPolicyArns": '["arn:aws:iam::111122223333:policy/shop-deploy"]',
    "clickstream:slackWebhook": WEBHOOK,
    "clickstream:pagerEndpoint": "https://pager.example.com/integrations/not-a-real-one",
    "clickstream:alertEmail": "shop@example.com",
  }));
}

async function make(form: "dev" | "prod" | "serverless"): Promise<DeployedStack> {
  if (form !== "serverless") return offlineStack(form, await stackFileConfig(form));
  const more = { "clickstream:warehouseMode": "serverless", "clickstream:slackWebhook": WEBHOOK };
  return offlineStack("serverless", { ...(await stackFileConfig("dev")), ...more });
}
