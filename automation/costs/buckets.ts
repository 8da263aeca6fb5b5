import { textOf, type ResourceGraph, type ResourceNode } from "../graph/resource-graph";

/** What a bucket of the stack is for. */
export type BucketRole =
  "raw" | "silver" | "gold" | "artifacts" | "results" | "queryLog" | "audit" | "accessLogs" | "other";

const ROLE_OF_OUTPUT: Readonly<Record<string, BucketRole>> = {
  rawBucket: "raw",
  silverBucket: "silver",
  goldBucket: "gold",
  artifactsBucket: "artifacts",
  resultsBucket: "results",
  queryLogBucket: "queryLog",
  auditBucket: "audit",
};

/** A bucket with what its lifecycle says. */
export interface Bucket {
  node: ResourceNode;
  role: BucketRole;
  /** Days that old versions are kept; 0 where nothing keeps them. */
  oldVersionDays: number;
  /** Days after which current objects of the whole bucket expire; none: never. */
  expireDays?: number;
  intelligentTiering: boolean;
}

interface Rule {
  filter?: { prefix?: string };
  expiration?: { days?: number };
  transitions?: { storageClass?: string }[];
  noncurrentVersionExpiration?: { noncurrentDays?: number };
}

/** The stack's buckets: their role by the stack's outputs, their rules by their lifecycle configuration. */
export function bucketsOf(graph: ResourceGraph): Bucket[] {
  const roles = new Map<string, BucketRole>();
  for (const [output, role] of Object.entries(ROLE_OF_OUTPUT)) roles.set(graph.output(output) ?? "", role);
  for (const { inputs } of graph.ofType("aws:s3/bucketLogging:BucketLogging")) {
    roles.set(textOf(inputs, "targetBucket") ?? "", "accessLogs");
  }
  return graph.ofType("aws:s3/bucket:Bucket").map((node) => {
    const name = textOf(node.outputs, "bucket") ?? "";
    const configurations = graph.withInput(
      "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
      "bucket",
      name,
    );
    const rules = configurations.flatMap(({ inputs }) => (inputs["rules"] ?? []) as Rule[]);
    const whole = rules.filter(({ filter }) => (filter?.prefix ?? "") === "");
    const expireDays = whole.map(({ expiration }) => expiration?.days).find((days) => days !== undefined);
    return {
      node,
      role: roles.get(name) ?? "other",
      oldVersionDays: Math.max(0, ...whole.map((rule) => rule.noncurrentVersionExpiration?.noncurrentDays ?? 0)),
      ...(expireDays === undefined ? {} : { expireDays }),
      intelligentTiering: whole.some(({ transitions }) =>
        transitions?.some(({ storageClass }) => storageClass === "INTELLIGENT_TIERING"),
      ),
    };
  });
}
