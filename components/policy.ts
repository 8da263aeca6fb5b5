import * as pulumi from "@pulumi/pulumi";

/** One statement of an IAM, key or bucket policy. */
export interface PolicyStatement {
  Sid: string;
  Effect: "Allow" | "Deny";
  Principal?:
    | "*"
    | { Service: pulumi.Input<string> }
    | { AWS: pulumi.Input<string> | pulumi.Input<string>[] }
    | { Federated: pulumi.Input<string> };
  Action: string | string[];
  /** Absent in trust policies only. */
  Resource?: pulumi.Input<string> | pulumi.Input<string>[];
  Condition?: Record<string, Record<string, pulumi.Input<string | string[]> | pulumi.Input<string>[]>>;
}

/** A policy document as canonical JSON text; no provider call, unlike `getPolicyDocument`. */
export function policyDocument(statements: readonly PolicyStatement[]): pulumi.Output<string> {
  return pulumi.jsonStringify({ Version: "2012-10-17", Statement: statements });
}

/** Trust policy of a role that one service assumes, on behalf of this account only (the confused-deputy guard). */
export function serviceTrust(service: string, accountId: pulumi.Input<string>): pulumi.Output<string> {
  return policyDocument([
    {
      Sid: "ServiceOfThisAccount",
      Effect: "Allow",
      Principal: { Service: service },
      Action: "sts:AssumeRole",
      Condition: { StringEquals: { "aws:SourceAccount": accountId } },
    },
  ]);
}
