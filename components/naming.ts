import { InvalidArgumentError } from "./errors";

/** Characters that the provider appends to a logical name to make a physical one: "-" and 7 hex digits. */
export const AUTO_NAME_SUFFIX_LENGTH = 8;

/** Longest physical name by kind of resource, as the service's API reference states it. */
export const MAX_NAME_LENGTH = {
  "S3 bucket": 63,
  "IAM role": 64,
  "Lambda function": 64,
  "EventBridge rule": 64,
  "EventBridge bus": 256,
  "SQS queue": 80,
  "SNS topic": 256,
  "DynamoDB table": 255,
  "Athena workgroup": 128,
  "Glue job": 255,
  "Glue security configuration": 255,
} as const;

/** A kind of resource whose name the service limits. */
export type NamedService = keyof typeof MAX_NAME_LENGTH;

/** Form of a pipeline's name: lower case because S3 wants it, 39 long because "-alerts-purchases" and the suffix follow. */
export const PIPELINE_NAME_PATTERN = /^[a-z][a-z0-9-]{2,38}$/;

/** A logical name that cannot become a valid physical name. */
export class NamingError extends InvalidArgumentError {
  override readonly name = "NamingError";
}

/** Checks the name from which all others derive. @throws NamingError */
export function checkPipelineName(name: string): void {
  if (!PIPELINE_NAME_PATTERN.test(name) || name.endsWith("-") || name.includes("--")) {
    throw new NamingError(
      `pipeline name "${name}" is not usable: it must match ${PIPELINE_NAME_PATTERN.source}, without "--" or a final "-"; ` +
        "choose another stack name (the pipeline is called clickstream-<stack>)",
    );
  }
}

/**
 * Checks that a logical name leaves room for the suffix of auto-naming, so that the failure comes before any resource.
 * @returns the same name, so that a call can wrap it
 * @throws NamingError
 */
export function fittingName(service: NamedService, logicalName: string): string {
  const room = MAX_NAME_LENGTH[service] - AUTO_NAME_SUFFIX_LENGTH;
  if (logicalName.length > room) {
    throw new NamingError(
      `${service} name "${logicalName}" has ${logicalName.length} characters, but at most ${room} leave room for the ` +
        `generated suffix (the service allows ${MAX_NAME_LENGTH[service]}); shorten the stack name`,
    );
  }
  return logicalName;
}

/** Name of a Glue database, which allows no hyphen if Athena is to read it unquoted: `clickstream_dev_bronze`. */
export function databaseName(pipelineName: string, layer: "bronze" | "silver" | "gold" | "queries" | "audit"): string {
  return `${pipelineName.replaceAll("-", "_")}_${layer}`;
}

/** Pulumi type token of a component of this program. */
export function componentType(name: string): string {
  return `clickstream:components:${name}`;
}

/** Log groups of Glue jobs, which Glue creates itself under names that begin so. */
export const GLUE_LOG_GROUPS = "/aws-glue/jobs/*";
