import type * as pulumi from "@pulumi/pulumi";
import { WAREHOUSE_ENV } from "../../handlers/warehouse/settings";
import type { PolicyStatement } from "../policy";
import type { WarehouseRef } from "./settings";

/** Environment of a function that sends statements to the warehouse. */
export function statementEnvironment(warehouse: WarehouseRef): Record<string, pulumi.Input<string>> {
  return {
    [warehouse.kind === "cluster" ? WAREHOUSE_ENV.cluster : WAREHOUSE_ENV.workgroup]: warehouse.name,
    [WAREHOUSE_ENV.database]: warehouse.database,
    [WAREHOUSE_ENV.secretArn]: warehouse.secretArn,
  };
}

/** What such a function may do: send statements to this warehouse, see its own statements, and wake a cluster. */
export function sendStatements(warehouse: WarehouseRef): PolicyStatement[] {
  const statements: PolicyStatement[] = [
    {
      Sid: "SendStatements",
      Effect: "Allow",
      Action: ["redshift-data:ExecuteStatement", "redshift-data:BatchExecuteStatement"],
      Resource: warehouse.arn,
    },
    {
      Sid: "OwnStatements",
      Effect: "Allow",
      Action: ["redshift-data:DescribeStatement", "redshift-data:GetStatementResult", "redshift-data:CancelStatement"],
      // A statement has no ARN; whose it is, is what AWS lets a policy ask.
      Resource: "*",
      Condition: { StringEquals: { "redshift-data:statement-owner-iam-userid": "${aws:userid}" } },
    },
    {
      Sid: "WarehouseUser",
      Effect: "Allow",
      Action: "secretsmanager:GetSecretValue",
      Resource: warehouse.secretArn,
    },
    { Sid: "WarehouseKey", Effect: "Allow", Action: "kms:Decrypt", Resource: warehouse.keyArn },
  ];
  return warehouse.kind === "cluster" ? [...statements, ...wakeCluster(warehouse)] : statements;
}

function wakeCluster(warehouse: WarehouseRef): PolicyStatement[] {
  return [
    {
      Sid: "SeeCluster",
      Effect: "Allow",
      Action: "redshift:DescribeClusters",
      // The service authorization reference has no resource type for this action.
      Resource: "*",
    },
    { Sid: "WakeCluster", Effect: "Allow", Action: "redshift:ResumeCluster", Resource: warehouse.arn },
  ];
}
