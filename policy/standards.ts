/** Rules that the stack has to pass, by standard; `policy/rules` has each, or `NOT_OF_A_STACK` says why not. */
export const STANDARDS: Readonly<Record<string, readonly string[]>> = {
  "AWS Foundational Security Best Practices": [
    ...numbered("S3", [1, 2, 3, 5, 6, 8, 9, 12, 13]),
    ...numbered("Glue", [4]),
    ...numbered("Athena", [4]),
    ...numbered("Redshift", [1, 2, 3, 4, 6, 7, 8, 10, 15]),
    ...numbered("RedshiftServerless", [1, 2, 3, 5, 6]),
    ...numbered("Lambda", [1, 2]),
    ...numbered("KMS", [1, 2, 3, 5]),
    ...numbered("CloudTrail", [1, 2, 4, 5]),
    ...numbered("SNS", [4]),
    ...numbered("SQS", [1, 3]),
    ...numbered("EventBridge", [3]),
    ...numbered("EC2", [2, 6, 15, 18, 19]),
    ...numbered("IAM", [1, 21]),
    ...numbered("SecretsManager", [1]),
  ],
  "CIS AWS Foundations Benchmark": ["S3.22", "S3.23", "KMS.4"],
  "cdk-nag AwsSolutions": [
    ..."S1 S2 S3 S10 ATH1 RS1 RS2 RS3 RS4 RS5 RS6 RS8 RS9 RS10 RS11 KMS5 SMG4 SNS3 SQS2 SQS3 SQS4".split(" "),
    ..."IAM4 IAM5 EC23 EC27 VPC7 L1 GL1 GL3".split(" "),
  ].map((id) => `AwsSolutions-${id}`),
  checkov: [
    ...[18, 19, 21, 53, 54, 55, 56, 70, 145, 300],
    ...[94, 99, 195],
    ...[82, 159],
    ...[64, 71, 87, 105, 142, 154, 320, 321, 343, 391],
    ...[45, 50, 115, 116, 117, 173, 301, 363, 364],
    ...[7, 33, 227],
    ...[35, 36, 67, 252],
    ...[26, 169, 385],
    ...[27, 168, 387],
    ...[66, 158, 338, 319],
    ...[23, 130, 148],
  ].map((number) => `CKV_AWS_${String(number)}`),
};

/** Listed rules about what belongs to a whole account, which a stack must not set for the others in it: id → why. */
export const NOT_OF_A_STACK: Readonly<Record<string, string>> = {
  "S3.1":
    "The account's own block of public access is one setting for all its buckets, also those of other stacks. Each bucket " +
    "of this stack blocks public access itself (S3.8).",
  CKV_AWS_94:
    "Encryption of the Glue catalog's metadata is one setting a region and account. The stack's tables hold names and " +
    "types of columns, no data.",
};

function numbered(service: string, numbers: readonly number[]): string[] {
  return numbers.map((number) => `${service}.${String(number)}`);
}
