import { MASKED_TEXT } from "../secrets";
import { at, textAt, type Resource, type Resources } from "../resource";
import { unless, type Rule } from "../rule";

const FUNCTION = "aws:lambda/function:Function";
const PERMISSION = "aws:lambda/permission:Permission";
const MAPPING = "aws:lambda/eventSourceMapping:EventSourceMapping";
const QUEUE = "aws:sqs/queue:Queue";

/** Runtimes that Lambda supports, the newest of each language first (Lambda guide, "Lambda runtimes"; read 2026-11-25). */
const RUNTIMES: Readonly<Record<string, readonly string[]>> = {
  nodejs: ["nodejs24.x", "nodejs22.x"],
  python: ["python3.14", "python3.13", "python3.12"],
};

function runtimesLike(runtime: string): readonly string[] {
  return RUNTIMES[runtime.replace(/[\d.]+x?$/, "")] ?? [];
}

/** Variables that look like credentials by their name, though they only say where one is. */
const ABOUT_SECRETS = /_(ARN|ID|NAME|PATH|URL)$/;
const SECRET_NAME = /(SECRET|PASSWORD|TOKEN|CREDENTIAL|API_?KEY|PRIVATE_?KEY)/i;
const ACCESS_KEY = /\b(AKIA|ASIA)[A-Z0-9]{16}\b/;

function isSecret(name: string, value: unknown): boolean {
  if (typeof value !== "string") return false;
  return value.includes(MASKED_TEXT) || ACCESS_KEY.test(value) || (SECRET_NAME.test(name) && !ABOUT_SECRETS.test(name));
}

/** Where events go that a function failed on: its own queue, or that of the queue which it is fed from. */
function hasDeadLetters(one: Resource, all: Resources): boolean {
  if (textAt(one, "deadLetterConfig.targetArn") !== undefined) return true;
  const sources = all
    .naming(MAPPING, "functionName", one)
    .map((mapping) => all.named(QUEUE, at(mapping, "eventSourceArn")));
  return (
    sources.length > 0 && sources.every((queue) => queue !== undefined && textAt(queue, "redrivePolicy") !== undefined)
  );
}

/** Functions and who may call them. */
export const LAMBDA_RULES: readonly Rule[] = [
  {
    id: "Lambda.1",
    aliases: ["CKV_AWS_301"],
    title: "A function is not open to the public",
    remedy: "Name the principal; tie a service to this account by sourceArn or sourceAccount.",
    types: [PERMISSION],
    reads: "resource",
    check: (permission) => {
      const isOpen = textAt(permission, "principal") === "*" && textAt(permission, "principalOrgId") === undefined;
      return unless(!isOpen && at(permission, "functionUrlAuthType") !== "NONE", "everybody may call the function");
    },
  },
  {
    id: "CKV_AWS_364",
    aliases: [],
    title: "A service calls a function for this account's resources only",
    remedy: "Set sourceArn or sourceAccount on the permission.",
    types: [PERMISSION],
    reads: "resource",
    check: (permission) => {
      const isService = textAt(permission, "principal")?.endsWith(".amazonaws.com") ?? false;
      const isTied = ["sourceArn", "sourceAccount", "principalOrgId"].some(
        (key) => textAt(permission, key) !== undefined,
      );
      return unless(!isService || isTied, "another account could have the service call it");
    },
  },
  {
    id: "Lambda.2",
    aliases: ["CKV_AWS_363"],
    title: "A function runs on a runtime that is supported",
    remedy: "Set a runtime that Lambda's list has (EventFunction).",
    types: [FUNCTION],
    reads: "resource",
    check: (one) => {
      const runtime = textAt(one, "runtime") ?? "";
      return unless(
        at(one, "packageType") === "Image" || runtimesLike(runtime).includes(runtime),
        `runtime ${runtime === "" ? "is not set" : `${runtime} is not supported, or not known to this rule`}`,
      );
    },
  },
  {
    id: "AwsSolutions-L1",
    aliases: [],
    title: "A function runs on the newest runtime of its language",
    remedy: "Set the newest runtime (EventFunction).",
    types: [FUNCTION],
    reads: "resource",
    check: (one) => {
      const runtime = textAt(one, "runtime") ?? "";
      const [newest] = runtimesLike(runtime);
      return unless(
        at(one, "packageType") === "Image" || (newest !== undefined && runtime === newest),
        `runtime ${runtime === "" ? "is not set" : runtime}, newest that this rule knows: ${newest ?? "none"}`,
      );
    },
  },
  {
    id: "CKV_AWS_45",
    aliases: [],
    title: "A function's environment holds no secret",
    remedy: "Put the secret into Secrets Manager, and its ARN into the environment.",
    types: [FUNCTION],
    reads: "resource",
    check: (one) => {
      const variables = Object.entries((at(one, "environment.variables") ?? {}) as Record<string, unknown>);
      const secret = variables.filter(([name, value]) => isSecret(name, value)).map(([name]) => name);
      return unless(secret.length === 0, `${secret.join(", ")} holds a secret in clear`);
    },
  },
  {
    id: "CKV_AWS_50",
    aliases: [],
    title: "A function is traced",
    remedy: "Set tracing on the EventFunction.",
    types: [FUNCTION],
    reads: "resource",
    check: (one) => unless(textAt(one, "tracingConfig.mode") === "Active", "its runs leave no trace in X-Ray"),
  },
  {
    id: "CKV_AWS_115",
    aliases: [],
    title: "A function's concurrency is limited",
    remedy: "Set reservedConcurrency on the EventFunction.",
    types: [FUNCTION],
    reads: "resource",
    check: (one) => {
      const reserved = at(one, "reservedConcurrentExecutions");
      return unless(typeof reserved === "number" && reserved >= 0, "it may take all the account's concurrency");
    },
  },
  {
    id: "CKV_AWS_116",
    aliases: [],
    title: "Events that a function failed on are kept",
    remedy: "Give the function a deadLetterConfig, or the queue that feeds it a redrivePolicy.",
    types: [FUNCTION],
    reads: "stack",
    check: (one, all) => unless(hasDeadLetters(one, all), "events that it failed on are dropped"),
  },
  {
    id: "CKV_AWS_117",
    aliases: [],
    title: "A function runs inside a network",
    remedy: "Set vpcConfig with the network's subnets and a security group.",
    types: [FUNCTION],
    reads: "resource",
    check: (one) => unless(at(one, "vpcConfig.subnetIds") !== undefined, "it runs outside the stack's network"),
  },
  {
    id: "CKV_AWS_173",
    aliases: [],
    title: "A function's environment is encrypted by a key of the customer",
    remedy: "Set kmsKeyArn (EventFunction does where there is an environment).",
    types: [FUNCTION],
    reads: "resource",
    check: (one) =>
      unless(
        at(one, "environment.variables") === undefined || textAt(one, "kmsKeyArn") !== undefined,
        "its environment is encrypted by no key of the customer",
      ),
  },
];
