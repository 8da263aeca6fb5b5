/**
 * Policy documents. AWS pages: "Grammar of the IAM JSON policy language", "IAM JSON policy elements: Condition
 * operators", "IAM and AWS STS quotas", "Bucket policies for Amazon S3", "Default key policy" (KMS), "Amazon SNS quotas".
 */
import { isRecord, type Props, text } from "../mapping";
import { bytes, type Check, inspect, list, parseJson, type Problems } from "./check";

/** What one kind of policy asks of its statements. */
interface Kind {
  /** Whether a statement says who (`Principal`), or the thing that it is attached to does. */
  readonly principal: boolean;
  /** Whether a statement says on what (`Resource`). */
  readonly resource: boolean;
  /** The only actions that the service takes in it. */
  readonly actions?: RegExp;
  /** Longest document: characters without white space for IAM, bytes for the others. */
  readonly limit: number;
  /** IAM's own documents allow letters and digits in a statement id; resource policies more. */
  readonly plainSid?: boolean;
  readonly more?: (statements: Props[], owner: Props) => Iterable<string>;
}

const BASE =
  "String(Not)?(Equals(IgnoreCase)?|Like)|(Numeric|Date)((Not)?Equals|(Less|Greater)Than(Equals)?)|Bool|BinaryEquals|" +
  "(Not)?IpAddress|Arn(Not)?(Equals|Like)";
const OPERATOR = new RegExp(`^((ForAllValues:|ForAnyValue:)?(${BASE})(IfExists)?|Null)$`);
const ACTION = /^(\*|[a-z0-9-]+:[a-z0-9*?]+)$/i;
const RESOURCE = /^(\*|arn:(aws|aws-[a-z-]+|\*|\$\{.+\}):[^:]+:[^:]*:[^:]*:.+)$/s;
const STATEMENT = /^(Sid|Effect|(Not)?(Principal|Action|Resource)|Condition)$/;
const PRINCIPALS: Readonly<Record<string, RegExp>> = {
  AWS: /^(\*|\d{12}|arn:aws[a-z-]*:(iam|sts)::\d{12}:.+|A[A-Z0-9]{15,})$/,
  Service: /^[a-z0-9.-]+\.amazon(aws)?\.com(\.cn)?$/,
  Federated: /^(arn:.+|[a-z0-9.-]+)$/i,
  CanonicalUser: /^[0-9a-f]{64}$/,
};

/** Actions on objects need an ARN with a key, those on the bucket one without: "Policy actions for Amazon S3". */
const onObjects = (action: string): boolean =>
  !action.includes("Bucket") &&
  /Object|AbortMultipartUpload|ListMultipartUploadParts|BypassGovernance|Replicate/.test(action);

function* bucketProblems(statements: Props[], { Bucket }: Props): Problems {
  const arn = new RegExp(`^arn:aws[a-z-]*:s3:::${String(Bucket).replaceAll(".", "\\.")}(/.*)?$`);
  for (const statement of statements) {
    const resources = list(statement["Resource"]).map(String);
    const foreign = typeof Bucket === "string" ? resources.filter((resource) => !arn.test(resource)) : [];
    if (foreign.length > 0) yield `Policy has invalid resource ${foreign.join(", ")}: name the bucket or its objects`;
    const objects = resources.some((resource) => /[/*]/.test(resource));
    const bucket = resources.some((resource) => !resource.includes("/"));
    for (const action of list(statement["Action"]).map(String)) {
      if (resources.length === 0 || /[*?]/.test(action) || (onObjects(action) ? objects : bucket)) continue;
      yield `Action ${action} does not apply to any resource in its statement`;
    }
  }
}

/** Whether an action, which may hold wildcards, covers another. */
export const covers = (pattern: unknown, action: string): boolean =>
  list(pattern).some((one) => {
    const source = String(one)
      .replaceAll(/[.+^${}()|[\]\\]/g, "\\$&")
      .replaceAll("*", ".*")
      .replaceAll("?", ".");
    return new RegExp(`^${source}$`, "i").test(action);
  });

/** The account's root, or the whole account by its number, must keep the right to change the policy. */
function* keyProblems(statements: Props[], owner: Props): Problems {
  if (owner["BypassPolicyLockoutSafetyCheck"] === true) return;
  const keeps = statements.some(({ Effect, Principal, Action, Condition }) => {
    const who = isRecord(Principal) ? list(Principal["AWS"]) : [Principal];
    const able = who.some((one) =>
      /^(\*|\d{12}|arn:aws[a-z-]*:iam::\d{12}:(root|role\/.+|user\/.+))$/.test(String(one)),
    );
    return Effect === "Allow" && able && covers(Action, "kms:PutKeyPolicy") && Condition === undefined;
  });
  if (!keeps)
    yield "The new key policy will not allow you to update the key policy in the future: keep kms:PutKeyPolicy for the account's root";
}

const KINDS = {
  inline: { principal: false, resource: true, limit: 10_240, plainSid: true },
  managed: { principal: false, resource: true, limit: 6_144, plainSid: true },
  trust: { principal: true, resource: false, limit: 2_048, plainSid: true, actions: /^sts:/i },
  bucket: { principal: true, resource: true, limit: 20_480, more: bucketProblems },
  key: { principal: true, resource: true, limit: 32_768, actions: /^(kms:|\*$)/i, more: keyProblems },
  queue: { principal: true, resource: true, limit: 65_536, actions: /^(sqs:|\*$)/i },
  topic: {
    principal: true,
    resource: true,
    limit: 30_720,
    actions:
      /^(sns:)?(\*|AddPermission|DeleteTopic|(Get|Set)TopicAttributes|(Get|Put)DataProtectionPolicy|List(SubscriptionsByTopic|TagsForResource)|Publish|Receive|RemovePermission|Subscribe)$/i,
  },
  secret: { principal: true, resource: true, limit: 20_480, actions: /^(secretsmanager:|\*$)/i },
  endpoint: { principal: true, resource: true, limit: 20_480 },
} as const satisfies Record<string, Kind>;

export type PolicyKind = keyof typeof KINDS;

function* conditionProblems(condition: unknown): Problems {
  if (!isRecord(condition)) return yield "Condition must be an object of operators";
  for (const [operator, keys] of Object.entries(condition)) {
    if (!OPERATOR.test(operator)) yield `Condition operator ${operator} is not known`;
    if (!isRecord(keys) || Object.keys(keys).length === 0) yield `Condition ${operator} must name at least one key`;
    else if (
      Object.values(keys).some(
        (value) => list(value).length === 0 || list(value).some((one) => typeof one === "object"),
      )
    )
      yield `Condition ${operator} must compare with texts, numbers or booleans`;
  }
}

function* principalProblems(principal: unknown): Problems {
  if (principal === "*") return;
  if (!isRecord(principal)) return yield 'Principal must be "*" or an object of AWS, Service, Federated, CanonicalUser';
  for (const [type, values] of Object.entries(principal)) {
    for (const value of list(values).map(String)) {
      if (value !== "*" && PRINCIPALS[type]?.test(value) !== true) yield `Principal ${type} ${value} is not valid`;
    }
  }
}

function* statementProblems(statement: unknown, kind: Kind): Problems {
  if (!isRecord(statement)) return yield "Statement must hold objects";
  const has = (member: string): boolean => statement[member] !== undefined;
  const other = Object.keys(statement).find((member) => !STATEMENT.test(member));
  if (other !== undefined) yield `a statement has no element ${other}`;
  if (statement["Effect"] !== "Allow" && statement["Effect"] !== "Deny") yield "Effect must be Allow or Deny";
  if (has("Action") === has("NotAction")) yield "a statement must have Action or NotAction, and not both";
  const actions = list(statement["Action"] ?? statement["NotAction"]).map(String);
  if (actions.length === 0) yield "a statement must name at least one action";
  for (const action of actions) {
    if (!ACTION.test(action)) yield `Action ${action} must be a service prefix, ":" and a name, such as s3:GetObject`;
    else if (kind.actions?.test(action) === false) yield `Action ${action} is out of the policy's scope`;
  }
  for (const [element, allowed] of [
    ["Resource", kind.resource],
    ["Principal", kind.principal],
  ] as const) {
    const given = [element, `Not${element}`].filter(has).length;
    if (!allowed && given > 0) yield `Has prohibited field ${element}`;
    else if (allowed && given !== 1) yield `a statement must have ${element} or Not${element}, and not both`;
  }
  for (const resource of list(statement["Resource"] ?? statement["NotResource"]).map(String)) {
    if (!RESOURCE.test(resource)) yield `Resource ${resource} must be in ARN format or "*"`;
  }
  if (has("Principal")) yield* principalProblems(statement["Principal"]);
  if (has("Condition")) yield* conditionProblems(statement["Condition"]);
  const sid = text(statement["Sid"]);
  if (kind.plainSid && !/^[0-9A-Za-z]*$/.test(sid)) yield `Sid ${sid} must hold letters and digits only`;
}

/** What is wrong with a policy document. */
export function* policyProblems(value: unknown, kindName: PolicyKind, owner: Props = {}): Problems {
  const kind: Kind = KINDS[kindName];
  const document = parseJson(value);
  if (!isRecord(document)) return yield "must be a policy document in JSON";
  const size = kind.plainSid ? String(value).replaceAll(/\s/g, "").length : bytes(value);
  if (size > kind.limit)
    yield `must have at most ${kind.limit} ${kind.plainSid ? "characters without white space" : "bytes"}, not ${size}`;
  // AWS takes the version of 2008 too, in which policy variables are plain text: nobody means that.
  if (document["Version"] !== "2012-10-17") yield 'Version must be "2012-10-17"';
  const other = Object.keys(document).find((element) => !["Version", "Id", "Statement"].includes(element));
  if (other !== undefined) yield `a policy has no element ${other}`;
  const statements = list(document["Statement"]);
  if (statements.length === 0) yield "a policy must have at least one statement";
  for (const statement of statements) yield* statementProblems(statement, kind);
  const sids = statements.flatMap((statement) => (isRecord(statement) ? list(statement["Sid"]) : []));
  if (new Set(sids).size !== sids.length) yield "Statement ids (Sid) must be unique";
  yield* kind.more?.(statements.filter(isRecord), owner) ?? [];
}

/** The text at `path` must be a policy document of that kind. */
export const policy = (path: string, kind: PolicyKind): Check =>
  inspect(path, (value, owner) => policyProblems(value, kind, owner));
