import * as pulumi from "@pulumi/pulumi";
import type { AwsAccount } from "./types";

/** Host of the management console in each partition. */
const CONSOLE_HOST: Readonly<Record<string, string>> = {
  aws: "console.aws.amazon.com",
  "aws-cn": "console.amazonaws.cn",
  "aws-us-gov": "console.amazonaws-us-gov.com",
};

/** URL of a page of the AWS console in the account's region: `consoleUrl(account, "athena", "/query-editor")`. */
export function consoleUrl(account: AwsAccount, service: string, page: string): pulumi.Output<string> {
  return pulumi.all([account.region, account.partition]).apply(([region, partition]) => {
    const host = CONSOLE_HOST[partition] ?? "console.aws.amazon.com";
    return `https://${region}.${host}/${service}/home?region=${region}#${page}`;
  });
}
