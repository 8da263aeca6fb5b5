import path from "node:path";
import { offlineGraph, type OfflineConfig } from "../graph/offline";
import type { ResourceGraph } from "../graph/resource-graph";
import { stackFileConfig } from "../graph/stack-file";
import { PROJECT_ROOT } from "../stack/workspace";
import { withWrittenPart } from "../written-part";
import { accessOf, type Actor } from "./matrix";
import { accessRows, LEGEND } from "./text";

/** Where the page of actors and their rights is. */
export const accessPageFile = path.join(PROJECT_ROOT, "docs", "access.md");

/** A person of each kind, and a repository, so that every role is there. */
export const EVERYBODY: OfflineConfig = {
  "clickstream:biPrincipals": '["arn:aws:iam::111122223333:role/Dashboards"]',
  "clickstream:analystPrincipals": '["arn:aws:iam::111122223333:role/Analysts"]',
  "clickstream:operatorPrincipals": '["arn:aws:iam::111122223333:role/Engineers"]',
  "clickstream:privacyPrincipals": '["arn:aws:iam::111122223333:role/PrivacyOfficers"]',
  "clickstream:ciProvider": "github",
  "clickstream:ciRepository": "acme/clickstream",
  "clickstream:ciPolicyArns": '["arn:aws:iam::111122223333:policy/clickstream-deploy"]',
};

/** The production stack with every role of people and CI. */
export async function graphWithEverybody(): Promise<ResourceGraph> {
  return offlineGraph("prod", { ...(await stackFileConfig("prod")), ...EVERYBODY });
}

/** The page with its table as the graph gives it; what a person wrote around it stays. */
export async function accessPage(graph: ResourceGraph): Promise<string> {
  return withWrittenPart(accessPageFile, "npm run cli -- access --docs", table(accessOf(graph)));
}

function table(actors: readonly Actor[]): string {
  const [head = [], ...rows] = accessRows(actors);
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line), "", LEGEND].join("\n");
}
