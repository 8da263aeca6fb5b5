import { messageOf } from "../errors";
import type { Finding, SweepResult } from "./finding";

/**
 * Removes what is to go, one after the other; one that cannot be removed keeps none of the others.
 *
 * @param dryRun only says what would go
 * @param onProgress called before each
 */
export async function sweep(
  findings: readonly Finding[],
  dryRun: boolean,
  onProgress: (finding: Finding) => void = () => undefined,
): Promise<SweepResult> {
  const result: SweepResult = { removed: [], kept: [], failed: [] };
  for (const finding of findings) {
    if (!finding.remove) {
      result.kept.push(finding);
      continue;
    }
    onProgress(finding);
    try {
      if (!dryRun) await finding.action?.();
      result.removed.push(finding);
    } catch (error) {
      result.failed.push({ ...finding, error: messageOf(error) });
    }
  }
  return result;
}

/** What a sweep did, or would do, for people. */
export function sweepText(result: SweepResult, dryRun: boolean): string {
  const line = ({ kind, what, reason }: Finding): string => `  ${kind} ${what}: ${reason}`;
  const part = (title: string, findings: readonly Finding[]): string[] =>
    findings.length === 0 ? [] : [title, ...findings.map(line)];
  const failed = result.failed.map((finding) => `${line(finding)}\n    ${finding.error.replaceAll("\n", "\n    ")}`);
  const lines = [
    ...part(dryRun ? "Would be removed:" : "Removed:", result.removed),
    ...part("Left alone:", result.kept),
    ...(failed.length === 0 ? [] : ["Could not be removed:", ...failed]),
  ];
  return lines.length === 0 ? "Nothing is left of any throw-away stack." : lines.join("\n");
}
