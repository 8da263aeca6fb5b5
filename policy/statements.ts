import { accountOf, textsOf } from "./resource";

/** One statement of a policy document, its lists as lists. */
export interface Statement {
  readonly sid: string;
  readonly allows: boolean;
  /** ARNs, accounts or `*`; empty for a service and in a policy of an identity. */
  readonly principals: readonly string[];
  readonly services: readonly string[];
  readonly actions: readonly string[];
  /** Whether it says what it does not mean (`NotAction`, `NotPrincipal`, `NotResource`). */
  readonly negated: boolean;
  readonly resources: readonly string[];
  /** Operator → key in lower case → values. */
  readonly conditions: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

type Raw = Readonly<Record<string, unknown>>;

/** Statements of a policy document, as text or as data; undefined for what is none. */
export function statementsOf(document: unknown): Statement[] | undefined {
  const parsed = typeof document === "string" ? parsedJson(document) : document;
  if (!isRecord(parsed)) return undefined;
  const statements = parsed["Statement"];
  const list: unknown[] = Array.isArray(statements) ? statements : [statements];
  return list.every(isRecord) ? list.map(statementOf) : undefined;
}

/** What `wrong` finds in the statements that match it; a document that cannot be read is wrong. */
export function findings(document: unknown, wrong: (one: Statement) => string | undefined): string[] {
  const statements = statementsOf(document);
  if (statements === undefined) return ["its policy cannot be read as a policy document"];
  return statements.map(wrong).filter((sentence) => sentence !== undefined);
}

/** Keys of conditions that narrow a principal `*` down to known callers, in lower case. */
const NARROWING = [
  "aws:sourceaccount",
  "aws:sourcearn",
  "aws:sourceowner",
  "aws:sourceorgid",
  "aws:sourcevpce",
  "aws:principalaccount",
  "aws:principalarn",
  "aws:principalorgid",
  "kms:calleraccount",
];

/** Whether a statement lets everybody in: any principal, and no condition that says which. */
export function isPublic(one: Statement): boolean {
  return one.allows && (one.principals.includes("*") || one.negated) && !isNarrowed(one);
}

/** Whether a condition ties the statement to an account, a resource or an organisation without a bare wildcard. */
export function isNarrowed({ conditions }: Statement): boolean {
  return Object.entries(conditions).some(
    ([operator, keys]) =>
      /^(ForAnyValue:)?(String|Arn)(Equals|Like|EqualsIgnoreCase)$/.test(operator) &&
      NARROWING.some((key) => keys[key]?.every((value) => value !== "" && value !== "*") ?? false),
  );
}

/** Principals of other accounts that a statement lets in; services are not meant. */
export function foreignPrincipals(one: Statement, accounts: readonly string[]): string[] {
  if (!one.allows || isNarrowed(one)) return [];
  return one.principals.filter((principal) => {
    if (principal === "*") return true;
    const account = /^\d{12}$/.test(principal) ? principal : accountOf(principal);
    return account !== undefined && !accounts.includes(account);
  });
}

/** Whether a statement denies `action` on each of `resources` to everybody who does not use TLS. */
export function deniesPlaintext(one: Statement, action: string, resources: readonly string[]): boolean {
  const insecure = one.conditions["Bool"]?.["aws:securetransport"] ?? [];
  return (
    !one.allows &&
    !one.negated &&
    one.principals.includes("*") &&
    insecure.includes("false") &&
    one.actions.some((pattern) => matches(pattern.toLowerCase(), action.toLowerCase())) &&
    resources.every((resource) => one.resources.some((pattern) => matches(pattern, resource)))
  );
}

/** Whether an action or ARN with `*` and `?` in it covers another. */
export function matches(pattern: string, text: string): boolean {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replaceAll("*", ".*").replaceAll("?", ".")}$`, "s").test(text);
}

function statementOf(raw: Raw): Statement {
  const principal = raw["Principal"];
  const named: Raw = isRecord(principal) ? principal : {};
  const conditions = isRecord(raw["Condition"]) ? raw["Condition"] : {};
  return {
    sid: typeof raw["Sid"] === "string" ? raw["Sid"] : "(no Sid)",
    allows: raw["Effect"] === "Allow",
    principals: principal === "*" ? ["*"] : [...textsOf(named["AWS"]), ...textsOf(named["Federated"])],
    services: textsOf(named["Service"]),
    actions: textsOf(raw["Action"]),
    negated: ["NotAction", "NotPrincipal", "NotResource"].some((key) => key in raw),
    resources: textsOf(raw["Resource"]),
    conditions: Object.fromEntries(
      Object.entries(conditions).map(([operator, keys]) => [
        operator,
        Object.fromEntries(Object.entries(keys as Raw).map(([key, values]) => [key.toLowerCase(), valuesOf(values)])),
      ]),
    ),
  };
}

/** Values of a condition; booleans and numbers may stand without quotes. */
function valuesOf(values: unknown): string[] {
  return textsOf((Array.isArray(values) ? values : [values]).map(String));
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Raw {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
