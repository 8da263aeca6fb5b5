/** How each service lists, adds and removes tags, in the notation of `Request.ask`, and the two that do it. */
import type { Service } from "./clients";
import { asMap, type Props } from "./mapping";
import { parseCall, type Request } from "./request";

/** Calls by which a resource is tagged; the path of `add` and `remove` is the member that takes tags or keys. */
export interface Tagging {
  readonly list: string;
  readonly add: string;
  readonly remove: string;
}

/** Most services' calls; `id` is what they call the resource by. */
export const tagging = (id: string, calls: Partial<Tagging> = {}): Tagging => ({
  list: `ListTagsForResource(${id}).Tags`,
  add: `TagResource(${id}).Tags`,
  remove: `UntagResource(${id}).TagKeys`,
  ...calls,
});

/** The calls of IAM for one kind of its resources. */
export const iamTagging = (kind: string, id: string): Tagging => ({
  list: `List${kind}Tags(${id}).Tags`,
  add: `Tag${kind}(${id}).Tags`,
  remove: `Untag${kind}(${id}).TagKeys`,
});

/** S3 tags by whole sets and is handled by its types. */
const TAGGING: Partial<Record<Service, Tagging>> = {
  athena: tagging("ResourceARN"),
  budgets: tagging("ResourceARN", {
    list: "ListTagsForResource(ResourceARN).ResourceTags",
    add: "TagResource(ResourceARN).ResourceTags",
    remove: "UntagResource(ResourceARN).ResourceTagKeys",
  }),
  ce: tagging("ResourceArn", {
    list: "ListTagsForResource(ResourceArn).ResourceTags",
    add: "TagResource(ResourceArn).ResourceTags",
    remove: "UntagResource(ResourceArn).ResourceTagKeys",
  }),
  cloudtrail: {
    list: "ListTags(ResourceIdList).ResourceTagList.0.TagsList",
    add: "AddTags(ResourceId).TagsList",
    remove: "RemoveTags(ResourceId).TagsList",
  },
  cloudwatch: tagging("ResourceARN"),
  dynamodb: tagging("ResourceArn", { list: "ListTagsOfResource(ResourceArn).Tags" }),
  ec2: {
    list: "DescribeTags.Tags",
    add: "CreateTags(Resources).Tags",
    remove: "DeleteTags(Resources).Tags",
  },
  events: tagging("ResourceARN"),
  glue: tagging("ResourceArn", {
    list: "GetTags(ResourceArn).Tags",
    add: "TagResource(ResourceArn).TagsToAdd",
    remove: "UntagResource(ResourceArn).TagsToRemove",
  }),
  iam: iamTagging("Role", "RoleName"),
  kms: tagging("KeyId", { list: "ListResourceTags(KeyId).Tags" }),
  lambda: tagging("Resource", { list: "ListTags(Resource).Tags" }),
  logs: tagging("resourceArn", {
    list: "ListTagsForResource(resourceArn).tags",
    add: "TagResource(resourceArn).tags",
    remove: "UntagResource(resourceArn).tagKeys",
  }),
  redshift: {
    // Never asked: what is described comes with its tags.
    list: "DescribeTags(ResourceName).TaggedResources",
    add: "CreateTags(ResourceName).Tags",
    remove: "DeleteTags(ResourceName).TagKeys",
  },
  "redshift-serverless": tagging("resourceArn", {
    list: "ListTagsForResource(resourceArn).tags",
    add: "TagResource(resourceArn).tags",
    remove: "UntagResource(resourceArn).tagKeys",
  }),
  scheduler: tagging("ResourceArn"),
  secretsmanager: tagging("SecretId", { list: "DescribeSecret(SecretId).Tags" }),
  sns: tagging("ResourceArn"),
  sqs: tagging("QueueUrl", {
    list: "ListQueueTags(QueueUrl).Tags",
    add: "TagQueue(QueueUrl).Tags",
    remove: "UntagQueue(QueueUrl).TagKeys",
  }),
};

/** How the resource is tagged by calls of its own; undefined where its type has no tags or sends them itself. */
export const taggingOf = (r: Request): Tagging | undefined =>
  r.properties["tags"] === undefined || r.properties["tags"].special
    ? undefined
    : (r.spec.tagging ?? TAGGING[r.spec.service]);

const tagId = (r: Request): string => r.spec.tagId?.(r) ?? String({ ...r.outs, ...r.spec.outs?.(r) }["arn"]);

/** The resource's tags without those that AWS itself puts there; undefined where the type has none. */
export async function readTags(r: Request, real: Props): Promise<Record<string, string> | undefined> {
  if (r.properties["tags"] === undefined) return undefined;
  const calls = taggingOf(r);
  // EC2's descriptions hold the tags; its list is by filter.
  const asked = calls !== undefined && r.spec.service !== "ec2";
  const list = real["Tags"] ?? real["TagSet"] ?? (asked ? await r.ask(calls.list, {}, tagId(r)) : []);
  const tags = Array.isArray(list) ? asMap(list) : (list as Record<string, string> | undefined);
  return Object.fromEntries(Object.entries(tags ?? {}).filter(([key]) => !key.startsWith("aws:")));
}

/** Brings the resource's tags from `before` to those asked for. */
export async function writeTags(r: Request, before: Record<string, string>): Promise<void> {
  const calls = taggingOf(r);
  if (calls === undefined) return;
  const send = async (notation: string, value: unknown): Promise<void> => {
    const { operation, key, path } = parseCall(notation) as { operation: string; key: string; path: string };
    await r.ask(`${operation}(${key})`, { [path]: value }, tagId(r));
  };
  const gone = Object.keys(before).filter((key) => !(key in r.tags));
  // Where a call removes by whole tags, the key alone will do.
  const asTags = /Tags(List)?$/.test(calls.remove);
  if (gone.length > 0) await send(calls.remove, asTags ? gone.map((Key) => ({ Key })) : gone);
  const added = Object.entries(r.tags).filter(([key, value]) => before[key] !== value);
  if (added.length > 0) await send(calls.add, Object.fromEntries(added));
}
