import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { redriveTo, type UndeliveredQueue } from "./undelivered-queue";

/** Who is told by SNS itself, and about what. */
export interface PeopleSubscriptionsArgs {
  topicArn: pulumi.Input<string>;
  /** HTTPS endpoint that confirms by itself; treated as a secret. @default none */
  pagerEndpoint?: pulumi.Input<string>;
  /** @default none */
  alertEmail?: pulumi.Input<string>;
  /** Where undeliverable notifications go. */
  undelivered: UndeliveredQueue;
}

/** Subscribes the pager and the mail address to a topic, as children of the component that asks. */
export function subscribePeople(name: string, args: PeopleSubscriptionsArgs, parent: pulumi.Resource): void {
  const subscribe = (kind: string, protocol: string, endpoint: pulumi.Input<string>, confirms?: boolean): void => {
    new aws.sns.TopicSubscription(
      `${name}-${kind}`,
      {
        topic: args.topicArn,
        protocol,
        endpoint,
        endpointAutoConfirms: confirms,
        redrivePolicy: redriveTo(args.undelivered),
      },
      { parent, dependsOn: [args.undelivered.policy] },
    );
  };
  // Asking for a secret here too: the state must not hold the endpoint in clear text if the caller forgot.
  if (args.pagerEndpoint !== undefined) subscribe("pager", "https", pulumi.secret(args.pagerEndpoint), true);
  if (args.alertEmail !== undefined) subscribe("email", "email", args.alertEmail);
}

/** Lets a topic call a function; what cannot be handed over ends in `undelivered`. */
export function subscribeFunction(
  name: string,
  args: {
    topicArn: pulumi.Input<string>;
    lambda: { name: pulumi.Input<string>; arn: pulumi.Input<string> };
    undelivered: UndeliveredQueue;
  },
  parent: pulumi.Resource,
): void {
  const { topicArn, lambda, undelivered } = args;
  const permission = new aws.lambda.Permission(
    name,
    { function: lambda.name, action: "lambda:InvokeFunction", principal: "sns.amazonaws.com", sourceArn: topicArn },
    { parent },
  );
  new aws.sns.TopicSubscription(
    name,
    { topic: topicArn, protocol: "lambda", endpoint: lambda.arn, redrivePolicy: redriveTo(undelivered) },
    // A message that comes before the permission would be dead-lettered at once.
    { parent, dependsOn: [undelivered.policy, permission] },
  );
}
