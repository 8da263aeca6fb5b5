/** Every type that the local provider serves, by its token. */
import type { TypeSpec } from "./request";
import { costTypes } from "./types/costs";
import { dynamodbTypes } from "./types/dynamodb";
import { glueTypes } from "./types/glue";
import { invocationTypes } from "./types/invocation";
import { lakeFormationTypes } from "./types/lake-formation";
import { lambdaTypes } from "./types/lambda";
import { messagingTypes } from "./types/messaging";
import { monitoringTypes } from "./types/monitoring";
import { networkTypes } from "./types/network";
import { operationsTypes } from "./types/operations";
import { redshiftTypes } from "./types/redshift";
import { redshiftClusterTypes } from "./types/redshift-cluster";
import { redshiftServerlessTypes } from "./types/redshift-serverless";
import { s3Types } from "./types/s3";
import { securityGroupTypes } from "./types/security-groups";
import { securityTypes } from "./types/security";

export const TABLE: Readonly<Record<string, TypeSpec>> = {
  ...s3Types,
  ...glueTypes,
  ...securityTypes,
  ...messagingTypes,
  ...lakeFormationTypes,
  ...lambdaTypes,
  ...costTypes,
  ...dynamodbTypes,
  ...monitoringTypes,
  ...networkTypes,
  ...securityGroupTypes,
  ...operationsTypes,
  ...redshiftClusterTypes,
  ...redshiftTypes,
  ...redshiftServerlessTypes,
  ...invocationTypes,
};
