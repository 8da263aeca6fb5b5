import * as pulumi from "@pulumi/pulumi";
import type { StackContext } from "../lake-zone";

/** Dimensions of a stack's own metrics. */
export function dimensionsOf(
  { team, environment }: { team: string; environment: string },
  { pipelineName }: StackContext,
): { team: string; environment: string; pipeline: string } {
  return { team, environment, pipeline: pipelineName };
}

/** The last part of a queue's URL, by which CloudWatch knows it. */
export function queueName(url: pulumi.Input<string>): pulumi.Output<string> {
  return lastPart(url, "/");
}

/** What comes after the last separator: the name in an ARN or a URL. */
export function lastPart(text: pulumi.Input<string>, separator: string): pulumi.Output<string> {
  return pulumi.output(text).apply((whole) => whole.slice(whole.lastIndexOf(separator) + 1));
}
