import { z } from "zod";
import { jsonOf, lastWords, type AuditResult, type Ran } from "./findings";

const flaw = z.object({ id: z.string(), fix_versions: z.array(z.string()), description: z.string().optional() });
/** Report of `pip-audit --format json`: one entry a package, audited or skipped. */
const report = z.object({
  dependencies: z.array(
    z.union([
      z.object({ name: z.string(), version: z.string(), vulns: z.array(flaw) }),
      z.object({ name: z.string(), skip_reason: z.string() }),
    ]),
  ),
});

/**
 * What `pip-audit` found. It ends with 0 and "No known vulnerabilities found" where the service knew none of the packages,
 * and calls them skipped: here that is no answer.
 */
export function pythonAudit(ran: Ran): AuditResult {
  const parsed = report.safeParse(jsonOf(ran.stdout));
  if (!parsed.success) return { kind: "unknown", reason: `PyPI's advisory service did not answer (${lastWords(ran)})` };
  const { dependencies } = parsed.data;
  const advisories = dependencies.flatMap((one) =>
    "vulns" in one
      ? one.vulns.map(({ id, fix_versions: fixed, description }) => ({
          package: `${one.name} ${one.version}`,
          // pip-audit knows no severity, so each counts.
          severity: "known",
          title: `${id} ${(description ?? "").split("\n")[0]?.slice(0, 120) ?? ""}`.trim(),
          remedy: fixed.length > 0 ? `${one.name} ${fixed.join(" or ")}` : "none published yet",
        }))
      : [],
  );
  if (advisories.length > 0) return { kind: "vulnerable", advisories };
  const skipped = dependencies.filter((one) => "skip_reason" in one).map(({ name }) => name);
  if (dependencies.length === 0) return { kind: "unknown", reason: "pip-audit looked at no package" };
  if (skipped.length > 0) {
    const names = skipped.slice(0, 5).join(", ") + (skipped.length > 5 ? ", …" : "");
    return {
      kind: "unknown",
      reason: `PyPI's advisory service knew nothing of ${String(skipped.length)} of ${String(dependencies.length)} packages (${names})`,
    };
  }
  return { kind: "clean", packages: dependencies.length };
}
