import { Identity, type IdentityArgs } from "../../../../components/identity/identity";
import type { IdentitySettings } from "../../../../components/identity/settings";
import { ACCOUNT, deploy, type Recording } from "../../support/cloud-mocks";
import { location, ZONE } from "../../support/zone";

/** Name of the component under test. */
export const NAME = "clickstream-test-id";
/** ARN of a role that a person has already. */
export const person = (name: string): string => `arn:aws:iam::111122223333:role/${name}`;
/** Somebody for each role. */
export const PEOPLE: IdentitySettings = {
  bi: [person("B")],
  analysts: [person("A")],
  operators: [person("O")],
  privacy: [person("P")],
};
/** CI of one branch. */
export const CI = {
  provider: "github",
  repository: "acme/clickstream",
  policyArns: ["arn:aws:iam::111122223333:policy/p"],
} as const;
const gold = [location("gold", "fact_clicks"), location("gold", "daily_sales")] as const;
/** Arguments without whom the roles are for. */
export const ARGS: Omit<IdentityArgs, "settings"> = {
  account: ACCOUNT,
  gold: [...gold],
  results: { bucket: { name: "results", arn: "arn:aws:s3:::results" }, key: { arn: "arn:results-key" } },
  biWorkgroup: "wg-bi",
  adhocWorkgroup: "wg-adhoc",
  operated: {
    pipelineName: "clickstream-test",
    jobs: ["silver", "gold"],
    raw: location("bronze", "raw_events", "events/"),
    tables: [[location("silver", "events")], [...gold]],
    restored: location("gold", "fact_clicks_restored", "archive/fact_clicks/"),
    artifacts: { bucket: { name: "jobs", arn: "arn:aws:s3:::jobs" }, key: { arn: "arn:jobs-key" } },
    operations: { tableArn: "arn:table", key: { arn: "arn:ops-key" } },
  },
  erased: {
    pipelineName: "clickstream-test",
    jobs: ["silver", "gold", "archive", "raw"],
    events: location("silver", "events"),
    quarantine: location("silver", "quarantine"),
    subjects: location("silver", "subjects"),
    clicks: gold[0],
    users: location("gold", "dim_users"),
    restored: location("gold", "fact_clicks_restored", "archive/fact_clicks/"),
    artifacts: { bucket: { name: "jobs", arn: "arn:aws:s3:::jobs" }, key: { arn: "arn:jobs-key" } },
    ledgerArn: "arn:ledger",
    operations: { tableArn: "arn:table", key: { arn: "arn:ops-key" } },
    secrets: { subjects: "arn:subjects", pseudonyms: "arn:pseudonyms" },
    letterKeys: [{ arn: "arn:alerts-key" }],
  },
  tags: ZONE.tags,
};
/** Deploys the roles under mocks. */
export const make = (settings: IdentitySettings): Promise<Recording> =>
  deploy(() => new Identity(NAME, { ...ARGS, settings }));
/** As Athena does in somebody's name. */
export const THROUGH_ATHENA = { "ForAnyValue:StringEquals": { "aws:CalledVia": "athena.amazonaws.com" } };
