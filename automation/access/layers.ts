import { textOf, type ResourceGraph, type ResourceNode } from "../graph/resource-graph";

/** Columns of the table: where a stack keeps something that somebody might want. */
export const LAYERS = [
  "bronze",
  "silver",
  "gold",
  "archive",
  "serving",
  "hot",
  "query log",
  "operations",
  "artifacts",
  "audit",
  "secrets",
  "keys",
] as const;
/** Where something is kept. */
export type Layer = (typeof LAYERS)[number];

/** Component that keeps a bucket, by the end of the bucket's logical name. */
const BUCKETS: Readonly<Record<string, Layer>> = {
  "bronze-raw": "bronze",
  "silver-lake": "silver",
  "gold-lake": "gold",
  "serving-output": "serving",
  "queries-lake": "query log",
  "jobs-store": "artifacts",
  "audit-trail": "audit",
  "access-logs": "audit",
};
/** Folder of the gold bucket that is a layer of its own. */
const ARCHIVE_FOLDER = "archive/";
const BUCKET = "aws:s3/bucket:Bucket";

/** Tells to which layers the resource of a statement belongs. */
export class Layers {
  private readonly buckets: ReadonlyMap<string, Layer>;
  private readonly tables: ReadonlySet<string>;

  constructor(graph: ResourceGraph) {
    const own = graph.ofType(BUCKET).flatMap((bucket) => bucketLayer(bucket));
    this.buckets = new Map([...own, ...readBucket(graph)]);
    this.tables = new Set(graph.ofType("aws:dynamodb/table:Table").map(({ outputs }) => String(outputs["arn"])));
  }

  /** Layers that an ARN, with or without wildcards, reaches into; none for what keeps no data. */
  of(resource: string): Layer[] {
    if (resource === "*") return [...LAYERS];
    const [, , service = "", , , ...rest] = resource.split(":");
    const path = rest.join(":");
    if (service === "s3") return this.ofObjects(path);
    if (service === "kms") return ["keys"];
    if (service === "secretsmanager") return ["secrets"];
    if (service === "redshift" || service === "redshift-serverless") return ["hot"];
    return service === "dynamodb" && this.tables.has(resource) ? ["operations"] : [];
  }

  private ofObjects(path: string): Layer[] {
    const [bucket = "", ...keys] = path.split("/");
    const key = keys.join("/");
    const layer = this.buckets.get(bucket);
    // A bucket that this stack does not have is no layer of it, but whoever may reach it must be seen.
    if (layer === undefined) return bucket.includes("*") ? [...new Set(this.buckets.values())] : [];
    if (layer !== "gold" || key === "") return [layer];
    if (key.startsWith(ARCHIVE_FOLDER) || key === ARCHIVE_FOLDER.slice(0, -1)) return ["archive"];
    return key.startsWith("*") ? ["gold", "archive"] : ["gold"];
  }
}

/** Gold of the stack whose lake this one reads. */
function readBucket(graph: ResourceGraph): [string, Layer][] {
  const gold = graph.output("goldBucket");
  return graph.output("lakeOwner") === undefined || gold === undefined ? [] : [[gold, "gold"]];
}

function bucketLayer(bucket: ResourceNode): [string, Layer][] {
  const physical = textOf(bucket.outputs, "bucket") ?? textOf(bucket.outputs, "id");
  const layer = Object.entries(BUCKETS).find(([end]) => bucket.name.endsWith(`-${end}`))?.[1];
  if (physical === undefined || layer === undefined) {
    throw new Error(`The bucket ${bucket.name} has no layer: give it one in automation/access/layers.ts.`);
  }
  return [[physical, layer]];
}
