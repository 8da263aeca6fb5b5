import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";

/** Account, region and partition of a resource's provider, resolved. */
export interface CurrentAccount {
  accountId: pulumi.Output<string>;
  region: pulumi.Output<string>;
  partition: pulumi.Output<string>;
}

/** Account, region and partition of the provider that `parent` uses. */
export function currentAccount(parent: pulumi.Resource): CurrentAccount {
  return {
    accountId: aws.getCallerIdentityOutput({}, { parent }).accountId,
    region: aws.getRegionOutput({}, { parent }).region,
    partition: aws.getPartitionOutput({}, { parent }).partition,
  };
}
