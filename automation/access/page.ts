import { readFile } from "node:fs/promises";
import path from "node:path";
import { format, resolveConfig } from "prettier";
import { offlineGraph, type OfflineConfig } from "../graph/offline";
import type { ResourceGraph } from "../graph/resource-graph";
import { stackFileConfig } from "../graph/stack-file";
import { PROJECT_ROOT } from "../stack/workspace";
import { accessOf, type Actor } from "./matrix";
import { accessRows, LEGEND } from "./text";

/** Where the page of actors and their rights is. */
export const accessPageFile = path.join(PROJECT_ROOT, "docs", "access.md");

const BEGIN = "<!-- written by `npm run cli -- access --docs` -->";
const END = "<!-- end of what is written -->";
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
  const text = await readFile(accessPageFile, "utf8");
  const [before, rest] = text.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) {
    throw new Error(`${accessPageFile} must hold the lines ${BEGIN} and ${END}, between which the table stands.`);
  }
  const page = [before, BEGIN, "\n\n", table(accessOf(graph)), "\n\n", END, after].join("");
  return format(page, { ...(await resolveConfig(accessPageFile)), parser: "markdown" });
}

function table(actors: readonly Actor[]): string {
  const [head = [], ...rows] = accessRows(actors);
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line), "", LEGEND].join("\n");
}
