/**
 * What AWS refuses because of other resources. AWS pages: "Using dead-letter queues in Amazon SQS", "Configuring a queue
 * to use with Lambda" (visibility timeout), "Lambda execution role", "Adding a dead-letter queue" (Lambda), "IAM and AWS
 * STS quotas" (size of a role's inline policies together), "Amazon EventBridge quotas" (targets per rule).
 */
import type { Service } from "../clients";
import { isNotFound } from "../errors";
import { isRecord, type Props, text } from "../mapping";
import { type Issue, shown } from "../validate";
import { list, parseJson } from "./check";
import { covers } from "./policies";

/** Calls AWS; what a rule needs to know is looked up, never remembered. */
export type Ask = (service: Service, operation: string, input: Props) => Promise<Props>;

type LiveCheck = (input: Props, ask: Ask) => Promise<Issue[]>;

const issue = (path: string, value: unknown, rule: string): Issue[] => [{ path, value: shown(value), rule }];
const nameOf = (arn: unknown): string => String(arn).split(/[:/]/).at(-1) as string;

/** The answer, or undefined where AWS says that there is no such thing. */
const find = (answer: Promise<Props>): Promise<Props | undefined> =>
  answer.catch((error: unknown) => {
    if (isNotFound(error)) return undefined;
    throw error;
  });

const statementsOf = (document: unknown): Props[] => {
  const parsed = parseJson(decodeURIComponent(String(document)));
  return isRecord(parsed) ? list(parsed["Statement"]).filter(isRecord) : [];
};

/** Whether a role's own and attached policies allow an action; what is not to be read (AWS's own policies) allows. */
async function roleAllows(role: unknown, action: string, resource: string, ask: Ask): Promise<boolean> {
  const RoleName = nameOf(role);
  const statements: Props[] = [];
  const { PolicyNames } = await ask("iam", "ListRolePolicies", { RoleName });
  for (const PolicyName of list(PolicyNames)) {
    statements.push(...statementsOf((await ask("iam", "GetRolePolicy", { RoleName, PolicyName }))["PolicyDocument"]));
  }
  const { AttachedPolicies } = await ask("iam", "ListAttachedRolePolicies", { RoleName });
  for (const { PolicyArn } of list(AttachedPolicies) as Props[]) {
    const policy = await find(ask("iam", "GetPolicy", { PolicyArn }));
    if (policy === undefined || /:iam::aws:/.test(String(PolicyArn))) return true;
    const { DefaultVersionId: VersionId } = policy["Policy"] as Props;
    const version = await ask("iam", "GetPolicyVersion", { PolicyArn, VersionId });
    statements.push(...statementsOf((version["PolicyVersion"] as Props)["Document"]));
  }
  return statements.some(
    ({ Effect, Action, Resource }) => Effect === "Allow" && covers(Action, action) && covers(Resource, resource),
  );
}

const deadLetterTarget: LiveCheck = async (input, ask) => {
  const redrive = parseJson((input["Attributes"] as Props | undefined)?.["RedrivePolicy"]);
  if (!isRecord(redrive)) return [];
  const target = String(redrive["deadLetterTargetArn"]);
  const own = nameOf(input["QueueName"] ?? input["QueueUrl"]);
  if (target.endsWith(".fifo") !== own.endsWith(".fifo"))
    return issue("Attributes.RedrivePolicy", target, "Dead-letter queue must be same type of queue as the source");
  const found = await find(ask("sqs", "GetQueueUrl", { QueueName: nameOf(target) }));
  return found === undefined ? issue("Attributes.RedrivePolicy", target, "Dead letter target does not exist") : [];
};

const functionRole: LiveCheck = async ({ Role, DeadLetterConfig }, ask) => {
  if (Role === undefined) return [];
  const found = await find(ask("iam", "GetRole", { RoleName: nameOf(Role) }));
  if (found === undefined) return issue("Role", Role, "The role defined for the function does not exist");
  const trust = statementsOf((found["Role"] as Props)["AssumeRolePolicyDocument"]);
  const trusts = trust.some(
    ({ Principal }) => isRecord(Principal) && list(Principal["Service"]).includes("lambda.amazonaws.com"),
  );
  if (!trusts) return issue("Role", Role, "The role defined for the function cannot be assumed by Lambda");
  const target = text((DeadLetterConfig as Props | undefined)?.["TargetArn"]);
  const action = target.includes(":sns:") ? "sns:Publish" : "sqs:SendMessage";
  if (target === "" || (await roleAllows(Role, action, target, ask))) return [];
  const rule = `The provided execution role does not have permissions to call ${action} on the dead-letter target`;
  return issue("DeadLetterConfig.TargetArn", target, rule);
};

const queueSource: LiveCheck = async ({ EventSourceArn, FunctionName }, ask) => {
  const queue = String(EventSourceArn);
  if (!queue.includes(":sqs:")) return [];
  const found = await find(ask("sqs", "GetQueueUrl", { QueueName: nameOf(queue) }));
  if (found === undefined) return issue("EventSourceArn", queue, "the queue does not exist");
  const AttributeNames = ["VisibilityTimeout"];
  const { Attributes } = await ask("sqs", "GetQueueAttributes", { QueueUrl: found["QueueUrl"], AttributeNames });
  const visibility = Number((Attributes as Props)["VisibilityTimeout"]);
  const { Timeout, Role } = await ask("lambda", "GetFunctionConfiguration", { FunctionName });
  const issues: Issue[] = [];
  if (visibility < Number(Timeout)) {
    const rule = `Queue visibility timeout: ${visibility} seconds is less than Function timeout: ${Number(Timeout)} seconds`;
    issues.push(...issue("EventSourceArn", queue, rule));
  }
  for (const action of ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]) {
    if (await roleAllows(Role, action, queue, ask)) continue;
    const rule = `The function execution role does not have permissions to call ${action} on SQS`;
    issues.push(...issue("FunctionName", FunctionName, rule));
  }
  return issues;
};

const INLINE_LIMIT = 10_240;
const size = (document: unknown): number => String(document).replaceAll(/\s/g, "").length;

const inlineTotal: LiveCheck = async ({ RoleName, PolicyName, PolicyDocument }, ask) => {
  const { PolicyNames } = await ask("iam", "ListRolePolicies", { RoleName });
  let total = size(PolicyDocument);
  for (const other of list(PolicyNames).filter((name) => name !== PolicyName)) {
    const held = await ask("iam", "GetRolePolicy", { RoleName, PolicyName: other });
    total += size(decodeURIComponent(String(held["PolicyDocument"])));
  }
  const rule = `Maximum policy size of ${INLINE_LIMIT} characters exceeded for role ${String(RoleName)}`;
  return total > INLINE_LIMIT ? issue("PolicyDocument", `${total} characters with the role's others`, rule) : [];
};

const TARGETS_PER_RULE = 5;

const targetCount: LiveCheck = async ({ Rule, EventBusName, Targets }, ask) => {
  const held = (await ask("events", "ListTargetsByRule", { Rule, EventBusName }))["Targets"];
  const ids = new Set([...(list(held) as Props[]), ...(list(Targets) as Props[])].map(({ Id }) => Id));
  return ids.size > TARGETS_PER_RULE ? issue("Targets", [...ids], `a rule can have ${TARGETS_PER_RULE} targets`) : [];
};

/** By service and operation. */
const LIVE: Readonly<Record<string, LiveCheck>> = {
  "events.PutTargets": targetCount,
  "iam.PutRolePolicy": inlineTotal,
  "lambda.CreateEventSourceMapping": queueSource,
  "lambda.CreateFunction": functionRole,
  "lambda.UpdateFunctionConfiguration": functionRole,
  "sqs.CreateQueue": deadLetterTarget,
  "sqs.SetQueueAttributes": deadLetterTarget,
};

/** The issues of an input that AWS finds by looking at other resources. */
export async function liveIssues(service: Service, operation: string, input: Props, ask: Ask): Promise<Issue[]> {
  return (await LIVE[`${service}.${operation}`]?.(input, ask)) ?? [];
}
