/** What AWS refuses although its API models do not say so, for the calls that this provider makes. */
import type { Service } from "./clients";
import type { Props } from "./mapping";
import { type Rules } from "./rules/check";
import { ceRules } from "./rules/costs";
import { dynamodbRules, lambdaRules, logsRules } from "./rules/compute";
import { eventsRules, schedulerRules } from "./rules/events";
import { athenaRules, glueRules } from "./rules/glue";
import { lakeFormationRules } from "./rules/lake-formation";
import { snsRules, sqsRules } from "./rules/messaging";
import { ec2Rules } from "./rules/network";
import { budgetsRules, cloudtrailRules, cloudwatchRules, configRules } from "./rules/operations";
import { redshiftRules } from "./rules/redshift";
import { redshiftServerlessRules } from "./rules/redshift-serverless";
import { s3Rules } from "./rules/s3";
import { iamRules, kmsRules, secretsmanagerRules } from "./rules/security";
import { tagIssues } from "./rules/tags";
import type { Issue } from "./validate";

/** Checks by service and operation. */
export const RULES: Readonly<Partial<Record<Service, Rules>>> = {
  athena: athenaRules,
  budgets: budgetsRules,
  ce: ceRules,
  cloudtrail: cloudtrailRules,
  cloudwatch: cloudwatchRules,
  config: configRules,
  dynamodb: dynamodbRules,
  ec2: ec2Rules,
  events: eventsRules,
  glue: glueRules,
  iam: iamRules,
  kms: kmsRules,
  lakeformation: lakeFormationRules,
  lambda: lambdaRules,
  logs: logsRules,
  redshift: redshiftRules,
  "redshift-serverless": redshiftServerlessRules,
  s3: s3Rules,
  scheduler: schedulerRules,
  secretsmanager: secretsmanagerRules,
  sns: snsRules,
  sqs: sqsRules,
};

/** The issues of an operation's input. `partial`: it is what is known before other resources exist. */
export function extraIssues(service: Service, operation: string, input: Props, partial = false): Issue[] {
  const checks = (RULES[service]?.[operation] ?? []).filter(({ whole }) => !(partial && whole));
  return [...checks.flatMap((check) => check(input)), ...tagIssues(input)];
}
