/** Validates an operation's input against AWS's model of it, with the reasons that AWS itself gives. */
import { type Model, type Shape, shapeOf } from "./model";

/** What is wrong with one member: its path, the offending value (shortened), the broken rule. */
export interface Issue {
  readonly path: string;
  readonly value: string;
  readonly rule: string;
}

/** The engine's placeholder for a value that is known only after other resources exist. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const patterns = new Map<string, RegExp | undefined>();

/**
 * The models' patterns are Java's: anchored by the service, with escapes that a `u` expression refuses, and leading
 * flags. Those are rewritten; a pattern that still does not compile (possessive, atomic, Java-only classes) gives
 * `undefined` and is not applied: `uncompilable` lists them, and a test counts them.
 */
export function compilePattern(pattern: string): RegExp | undefined {
  if (patterns.has(pattern)) return patterns.get(pattern);
  const flags = /^\(\?([is]+)\)/.exec(pattern)?.[1] ?? "";
  const body = pattern
    .replace(/^\(\?[is]+\)/, "")
    .replaceAll(/\\([^A-Za-z0-9])/g, (escape, char: string) => ("^$\\.*+?()[]{}|/-".includes(char) ? escape : char));
  // Without `u`, needless escapes and classes such as [\w-_] compile, but Unicode classes mean something else.
  const modes = /\\[pPu]/.test(body) ? ["u"] : ["u", ""];
  const compiled = modes.map((mode) => tryCompile(body, `${mode}${flags}`)).find((one) => one !== undefined);
  patterns.set(pattern, compiled);
  return compiled;
}

function tryCompile(body: string, flags: string): RegExp | undefined {
  try {
    return new RegExp(`^(?:${body})$`, flags);
  } catch {
    return undefined;
  }
}

/** The patterns of a model that cannot be applied here. */
export function uncompilable(model: Model): string[] {
  const all = Object.values(model.shapes).flatMap(({ pattern }) => (pattern === undefined ? [] : [pattern]));
  return [...new Set(all)].filter((pattern) => compilePattern(pattern) === undefined);
}

/** Stands for what must not be shown. */
export const HIDDEN = "(sensitive)";

/** A value as errors show it: shortened. */
export const shown = (value: unknown): string => {
  if (value instanceof Uint8Array) return `${value.byteLength} bytes`;
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? String(value));
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
};

const INTEGER = new Set(["integer", "long"]);
const NUMBER = new Set(["integer", "long", "float", "double"]);

function typeProblem(type: string, value: unknown): string | undefined {
  const kind = typeof value;
  const ok =
    type === "string" || type === "character"
      ? kind === "string"
      : type === "boolean"
        ? kind === "boolean"
        : NUMBER.has(type)
          ? kind === "bigint" ||
            (kind === "number" && Number.isFinite(value) && (!INTEGER.has(type) || Number.isInteger(value)))
          : type === "timestamp"
            ? value instanceof Date ||
              kind === "number" ||
              (kind === "string" && !Number.isNaN(Date.parse(value as string)))
            : type === "list"
              ? Array.isArray(value)
              : type === "blob" || (kind === "object" && !Array.isArray(value));
  return ok ? undefined : `Member must be of type ${type}`;
}

function boundProblems(shape: Shape, value: unknown): string[] {
  const { min, max, type } = shape;
  if (NUMBER.has(type)) {
    const rules: string[] = [];
    if (min !== undefined && (value as number) < min)
      rules.push(`Member must have value greater than or equal to ${min}`);
    if (max !== undefined && (value as number) > max) rules.push(`Member must have value less than or equal to ${max}`);
    return rules;
  }
  const length =
    typeof value === "string"
      ? [...value].length
      : value instanceof Uint8Array
        ? value.byteLength
        : Array.isArray(value)
          ? value.length
          : type === "map"
            ? Object.keys(value as object).length
            : undefined;
  if (length === undefined) return [];
  const rules: string[] = [];
  if (min !== undefined && length < min) rules.push(`Member must have length greater than or equal to ${min}`);
  if (max !== undefined && length > max) rules.push(`Member must have length less than or equal to ${max}`);
  return rules;
}

/** Every violation in `value`, which has the named shape. `partial`: unknown values pass and top members may miss. */
export function violations(model: Model, shapeName: string, value: unknown, path = "", partial = false): Issue[] {
  if (value === UNKNOWN && partial) return [];
  const shape = shapeOf(model, shapeName);
  const issue = (rule: string): Issue => ({ path, value: shape.sensitive ? HIDDEN : shown(value), rule });
  const wrongType = typeProblem(shape.type, value);
  if (wrongType !== undefined) return [issue(wrongType)];
  const issues = boundProblems(shape, value).map(issue);
  if (typeof value === "string") {
    if (shape.enum !== undefined && !shape.enum.includes(value)) {
      issues.push(issue(`Member must satisfy enum value set: [${shape.enum.join(", ")}]`));
    }
    if (shape.pattern !== undefined && compilePattern(shape.pattern)?.test(value) === false) {
      issues.push(issue(`Member must satisfy regular expression pattern: ${shape.pattern}`));
    }
  }
  const child = (member: string): string => (path === "" ? member : `${path}.${member}`);
  if (shape.type === "list") {
    const member = shape.member?.shape as string;
    (value as unknown[]).forEach((item, i) =>
      issues.push(...violations(model, member, item, `${path}.${i + 1}.member`, partial)),
    );
  } else if (shape.type === "map") {
    for (const [key, item] of Object.entries(value as object)) {
      issues.push(...violations(model, shape.key?.shape as string, key, child(key), partial));
      issues.push(...violations(model, shape.value?.shape as string, item, child(key), partial));
    }
  } else if (shape.type === "structure") {
    const members = Object.entries(value as object).filter(([, item]) => item !== undefined);
    for (const required of partial && path === "" ? [] : (shape.required ?? [])) {
      if (!members.some(([name]) => name === required)) {
        issues.push({ path: child(required), value: "null", rule: "Member must not be null" });
      }
    }
    for (const [name, item] of members) {
      const member = shape.members?.[name];
      if (member === undefined) issues.push({ path: child(name), value: shown(item), rule: "no such member" });
      else issues.push(...violations(model, member.shape, item, child(name), partial));
    }
  }
  return issues;
}

/** Raised before anything is sent; the message reads like AWS's own. */
export class ValidationError extends Error {
  override readonly name = "ValidationException";
  constructor(service: string, operation: string, issues: readonly Issue[]) {
    const list = issues.map(
      ({ path, value, rule }) => `Value '${value}' at '${path}' failed to satisfy constraint: ${rule}`,
    );
    const count = `${issues.length} validation error${issues.length === 1 ? "" : "s"} detected`;
    super(`${service} ${operation}: ${count}: ${list.join("; ")}. Change the property that sets it; nothing was sent.`);
  }
}
