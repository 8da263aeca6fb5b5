import { offlineStack } from "../../../../automation/graph/offline";
import type { DeployedStack } from "../../../../automation/graph/deployed";
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

async function make(form: "dev" | "prod" | "serverless"): Promise<DeployedStack> {
  if (form !== "serverless") return offlineStack(form, await stackFileConfig(form));
  const more = { "clickstream:warehouseMode": "serverless", "clickstream:slackWebhook": WEBHOOK };
  return offlineStack("serverless", { ...(await stackFileConfig("dev")), ...more });
}
