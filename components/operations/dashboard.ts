import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { consoleUrl } from "../console-url";
import { componentType } from "../naming";
import type { AwsAccount } from "../types";
import { dashboardBody } from "./dashboard-body";
import type { DashboardDimensions } from "./dashboard-widgets";

/** Arguments of `OperationsDashboard`. */
export interface OperationsDashboardArgs {
  account: AwsAccount;
  dimensions: DashboardDimensions;
  /** The alarms that people see, critical ones first. */
  alarmArns: readonly pulumi.Input<string>[];
  alerts: { topicName: pulumi.Input<string>; deadLetterQueueName: pulumi.Input<string> };
  /** Whether the stack has a warehouse. */
  warehouse: boolean;
}

/** The CloudWatch dashboard of a stack. */
export class OperationsDashboard extends pulumi.ComponentResource {
  readonly dashboardName: pulumi.Output<string>;
  /** Its page in the console. */
  readonly url: pulumi.Output<string>;

  constructor(name: string, args: OperationsDashboardArgs, opts?: pulumi.ComponentResourceOptions) {
    super(componentType("OperationsDashboard"), name, {}, opts);
    const dashboard = this.createDashboard(name, args);
    this.dashboardName = dashboard.dashboardName;
    this.url = dashboardUrl(args.account, args.dimensions.pipeline);
    this.registerOutputs({ dashboardName: this.dashboardName, url: this.url });
  }

  private createDashboard(name: string, args: OperationsDashboardArgs): aws.cloudwatch.Dashboard {
    const { account, dimensions, alarmArns, alerts, warehouse } = args;
    const facts = pulumi.all([account.region, pulumi.all([...alarmArns]), pulumi.output(alerts)]);
    return new aws.cloudwatch.Dashboard(
      `${name}-page`,
      {
        dashboardName: dashboardName(account, dimensions.pipeline),
        dashboardBody: facts.apply(([region, arns, shown]) =>
          JSON.stringify(dashboardBody({ region, dimensions, alarmArns: arns, alerts: shown, warehouse })),
        ),
      },
      { parent: this },
    );
  }
}

/**
 * Name of a pipeline's dashboard, `<pipeline>-<region>`: "all dashboards in your account are global, not region-specific"
 * (API reference, "PutDashboard"), so the pipeline's name alone would be that of its copy in another region.
 */
export function dashboardName(account: AwsAccount, pipeline: string): pulumi.Output<string> {
  return pulumi.interpolate`${pipeline}-${account.region}`;
}

/** Its page in the console; known before the dashboard is made, so that messages of alarms which it shows can link to it. */
export function dashboardUrl(account: AwsAccount, pipeline: string): pulumi.Output<string> {
  return dashboardName(account, pipeline).apply((name) =>
    consoleUrl(account, "cloudwatch", `dashboards/dashboard/${name}`),
  );
}
