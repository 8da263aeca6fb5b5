import * as aws from "@pulumi/aws";

/** A deprecated type, an argument and an output, which deprecation.test.ts must find; nothing calls this. */
export function deprecatedUses(): unknown[] {
  return [new aws.s3.BucketV2("sample"), new aws.s3.Bucket("sample", { acl: "private" }), aws.getRegionOutput().name];
}
