import * as pulumi from "@pulumi/pulumi";

/**
 * Arguments that cannot be deployed. It is a `RunError`, so that `pulumi up` prints the message alone: a stack trace
 * would say where this program noticed, not what to change.
 */
export class InvalidArgumentError extends pulumi.RunError {
  override readonly name: string = "InvalidArgumentError";
}
