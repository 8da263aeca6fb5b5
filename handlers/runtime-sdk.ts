/* eslint-disable @typescript-eslint/no-require-imports --
 * These functions are serialized into the Lambda's code, which carries no packages: the SDK is the one that the Lambda
 * runtime supplies. An import at the top of a file would be serialized as a deep path into node_modules, and `import()`
 * stays an ES import in the emitted text, whose resolution ignores NODE_PATH wherever the host does not patch it.
 * `require` at call time resolves in Lambda and everywhere else.
 */
import type * as athena from "@aws-sdk/client-athena";
import type * as cloudWatch from "@aws-sdk/client-cloudwatch";
import type * as costExplorer from "@aws-sdk/client-cost-explorer";
import type * as dynamoDb from "@aws-sdk/client-dynamodb";
import type * as glue from "@aws-sdk/client-glue";
import type * as redshift from "@aws-sdk/client-redshift";
import type * as redshiftData from "@aws-sdk/client-redshift-data";
import type * as redshiftServerless from "@aws-sdk/client-redshift-serverless";
import type * as s3 from "@aws-sdk/client-s3";
import type * as secretsManager from "@aws-sdk/client-secrets-manager";
import type * as sns from "@aws-sdk/client-sns";
import type * as sqs from "@aws-sdk/client-sqs";

/** `@aws-sdk/client-s3` of the runtime. */
export function loadS3(): typeof s3 {
  return require("@aws-sdk/client-s3") as typeof s3;
}

/** `@aws-sdk/client-sns` of the runtime. */
export function loadSns(): typeof sns {
  return require("@aws-sdk/client-sns") as typeof sns;
}

/** `@aws-sdk/client-sqs` of the runtime. */
export function loadSqs(): typeof sqs {
  return require("@aws-sdk/client-sqs") as typeof sqs;
}

/** `@aws-sdk/client-dynamodb` of the runtime. */
export function loadDynamoDb(): typeof dynamoDb {
  return require("@aws-sdk/client-dynamodb") as typeof dynamoDb;
}

/** `@aws-sdk/client-secrets-manager` of the runtime. */
export function loadSecretsManager(): typeof secretsManager {
  return require("@aws-sdk/client-secrets-manager") as typeof secretsManager;
}

/** `@aws-sdk/client-athena` of the runtime. */
export function loadAthena(): typeof athena {
  return require("@aws-sdk/client-athena") as typeof athena;
}

/** `@aws-sdk/client-glue` of the runtime. */
export function loadGlue(): typeof glue {
  return require("@aws-sdk/client-glue") as typeof glue;
}

/** `@aws-sdk/client-redshift` of the runtime. */
export function loadRedshift(): typeof redshift {
  return require("@aws-sdk/client-redshift") as typeof redshift;
}

/** `@aws-sdk/client-redshift-data` of the runtime. */
export function loadRedshiftData(): typeof redshiftData {
  return require("@aws-sdk/client-redshift-data") as typeof redshiftData;
}

/** `@aws-sdk/client-cloudwatch` of the runtime. */
export function loadCloudWatch(): typeof cloudWatch {
  return require("@aws-sdk/client-cloudwatch") as typeof cloudWatch;
}

/** `@aws-sdk/client-cost-explorer` of the runtime. */
export function loadCostExplorer(): typeof costExplorer {
  return require("@aws-sdk/client-cost-explorer") as typeof costExplorer;
}

/** `@aws-sdk/client-redshift-serverless` of the runtime. */
export function loadRedshiftServerless(): typeof redshiftServerless {
  return require("@aws-sdk/client-redshift-serverless") as typeof redshiftServerless;
}
