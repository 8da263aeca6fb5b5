import type { Rule } from "../rule";
import { GLUE_ATHENA_RULES } from "./glue-athena";
import { IAM_RULES } from "./iam";
import { KMS_RULES } from "./kms";
import { LAMBDA_RULES } from "./lambda";
import { MESSAGING_RULES } from "./messaging";
import { NETWORK_RULES } from "./network";
import { RECORD_RULES } from "./records";
import { REDSHIFT_RULES } from "./redshift";
import { REDSHIFT_SERVERLESS_RULES } from "./redshift-serverless";
import { S3_RULES } from "./s3";
import { S3_ACCESS_RULES } from "./s3-access";

/** Every rule, by service. */
export const RULES: readonly Rule[] = [
  ...S3_RULES,
  ...S3_ACCESS_RULES,
  ...GLUE_ATHENA_RULES,
  ...REDSHIFT_RULES,
  ...REDSHIFT_SERVERLESS_RULES,
  ...LAMBDA_RULES,
  ...KMS_RULES,
  ...IAM_RULES,
  ...MESSAGING_RULES,
  ...NETWORK_RULES,
  ...RECORD_RULES,
];
