import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { createIdlePause } from "../../handlers/warehouse/pause";
import { WAREHOUSE_ENV } from "../../handlers/warehouse/settings";
import type { EncryptionKey } from "../encryption-key";
import { EventFunction } from "../event-function";
import { componentType, fittingName } from "../naming";
import type { Tags } from "../types";
import { sendStatements, statementEnvironment } from "./access";
import type { WarehouseRef } from "./settings";

/** Arguments of `WarehouseIdlePause`. */
export interface WarehouseIdlePauseArgs {
  warehouse: WarehouseRef;
  key: EncryptionKey;
  /** Minutes without a statement after which the cluster sleeps. */
  idleMinutes: number;
  tags: Tags;
}

/** Pauses a provisioned cluster that nobody uses; the next load, or its schedule, resumes it. */
export class WarehouseIdlePause extends pulumi.ComponentResource {
  readonly functionName: pulumi.Output<string>;

  constructor(name: string, args: WarehouseIdlePauseArgs, opts?: pulumi.ComponentResourceOptions) {
    super(componentType("WarehouseIdlePause"), name, {}, opts);
    const { warehouse, key, idleMinutes, tags } = args;
    const pause = new EventFunction(
      name,
      {
        description: `Pauses the warehouse after ${idleMinutes} idle minutes`,
        key,
        factory: createIdlePause,
        environment: { ...statementEnvironment(warehouse), [WAREHOUSE_ENV.idleMinutes]: String(idleMinutes) },
        statements: [
          ...sendStatements(warehouse),
          { Sid: "PauseCluster", Effect: "Allow", Action: "redshift:PauseCluster", Resource: warehouse.arn },
        ],
        timeoutSeconds: 60,
        tags,
      },
      { parent: this },
    );
    this.callEvery15Minutes(name, pause, tags);
    this.functionName = pause.name;
    this.registerOutputs({ functionName: this.functionName });
  }

  private callEvery15Minutes(name: string, pause: EventFunction, tags: Tags): void {
    const rule = new aws.cloudwatch.EventRule(
      fittingName("EventBridge rule", name),
      { description: "Is the warehouse idle?", scheduleExpression: "rate(15 minutes)", tags },
      { parent: this },
    );
    const permission = new aws.lambda.Permission(
      name,
      { action: "lambda:InvokeFunction", function: pause.name, principal: "events.amazonaws.com", sourceArn: rule.arn },
      { parent: this },
    );
    new aws.cloudwatch.EventTarget(
      name,
      { rule: rule.name, targetId: "idle-pause", arn: pause.arn },
      { parent: this, dependsOn: [permission] },
    );
  }
}
