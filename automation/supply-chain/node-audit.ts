import { z } from "zod";
import { jsonOf, lastWords, type AuditResult, type Ran } from "./findings";

/** Severities at which an audit fails, as `npm audit --audit-level=high` means it. */
const FAILING = ["high", "critical"];

/** Report of `npm audit --json` since npm 7 ("auditReportVersion": 2); an error has another shape. */
const report = z.object({
  auditReportVersion: z.literal(2),
  vulnerabilities: z.record(
    z.string(),
    z.object({
      severity: z.string(),
      range: z.string(),
      // A text names the package below that is the cause.
      via: z.array(z.union([z.string(), z.object({ title: z.string() })])),
      fixAvailable: z.union([z.boolean(), z.object({ name: z.string(), version: z.string() })]),
    }),
  ),
  metadata: z.object({ dependencies: z.object({ total: z.number() }) }),
});

/** What `npm audit --json` found; whatever is no report leaves the question open. */
export function nodeAudit(ran: Ran): AuditResult {
  const parsed = report.safeParse(jsonOf(ran.stdout));
  if (!parsed.success) return { kind: "unknown", reason: `npm's advisory service did not answer (${lastWords(ran)})` };
  const { vulnerabilities, metadata } = parsed.data;
  const advisories = Object.entries(vulnerabilities)
    .filter(([, { severity }]) => FAILING.includes(severity))
    .map(([name, { severity, range, via, fixAvailable }]) => ({
      package: `${name} ${range}`,
      severity,
      title: via.map((cause) => (typeof cause === "string" ? `through ${cause}` : cause.title)).join("; "),
      remedy: remedyOf(fixAvailable),
    }));
  return advisories.length > 0
    ? { kind: "vulnerable", advisories }
    : { kind: "clean", packages: metadata.dependencies.total };
}

function remedyOf(fix: boolean | { name: string; version: string }): string {
  if (typeof fix === "object") return `npm install --save-exact ${fix.name}@${fix.version}`;
  return fix ? "npm audit fix" : "none published yet";
}
