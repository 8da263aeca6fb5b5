import { alertSubject, alertText, buildAlert, type AlertSource } from "./alert-message";
import type { AlertStore } from "./alert-store";
import { describeError, logLine } from "./log";
import { mayBeOut, type Notice } from "./publish-alert";
import { decide, type Decision, type Purchase } from "./purchase";
import type { AlertSettings } from "./settings";

/** A purchase that is worth an alert, and where it was seen. */
export interface Finding {
  purchase: Purchase;
  decision: Decision;
  source: AlertSource;
}

/** What raising alerts needs; the shell binds it to AWS. */
export interface AlertDependencies {
  settings: AlertSettings;
  store: AlertStore;
  publish: (notice: Notice) => Promise<void>;
  now: () => Date;
}

/** Outcome for one finding or one whole message. `retry` means that it must be delivered again. */
export type Outcome = { kind: "published" | "known" } | { kind: "retry"; reason: string };

/**
 * How long an order is held after a publish of which nobody knows whether it is out, in seconds: long enough for its receipt
 * (SNS and a function, seconds in all), and over before the fourth of five receives, so that an alert that is not out goes.
 */
export const RECEIPT_WAIT_SECONDS = 60;

/** Applies the rule; undefined when the purchase is too small. */
export function judge(purchase: Purchase, source: AlertSource, settings: AlertSettings): Finding | undefined {
  const decision = decide(purchase, settings);
  return decision.alert ? { purchase, decision, source } : undefined;
}

/** Publishes the alert of one order unless that was done before. Never throws: what failed is to be retried. */
export async function raiseAlert(finding: Finding, deps: AlertDependencies): Promise<Outcome> {
  const { settings, store } = deps;
  const { orderId } = finding.purchase;
  const now = deps.now();
  let claim;
  try {
    claim = await store.claim(orderId, now);
  } catch (error) {
    return { kind: "retry", reason: `order ${orderId}: cannot claim: ${describeError(error)}` };
  }
  if (claim.kind === "sent") return { kind: "known" };
  if (claim.kind === "held") {
    const until = new Date(claim.leaseUntil * 1000).toISOString();
    return { kind: "retry", reason: `order ${orderId}: another invocation is alerting it, until ${until} at most` };
  }

  const alert = buildAlert(finding.purchase, finding.decision, finding.source, settings, now);
  try {
    await deps.publish({
      subject: alertSubject(alert),
      json: JSON.stringify(alert),
      text: alertText(alert),
      attributes: {
        kind: alert.kind,
        severity: alert.severity,
        team: alert.team,
        environment: alert.environment,
        amountUsd: alert.amountUsd,
      },
    });
  } catch (error) {
    const reason = `order ${orderId}: cannot publish: ${describeError(error)}`;
    // Given back at once, an order whose alert is out after all could be alerted again before its receipt has come.
    const from = mayBeOut(error) ? deps.now().getTime() + RECEIPT_WAIT_SECONDS * 1000 : 0;
    try {
      await store.release(orderId, new Date(from));
    } catch (releaseError) {
      logLine("warn", "order not released; it waits for its lease", { orderId, error: describeError(releaseError) });
    }
    return { kind: "retry", reason };
  }

  // The alert is out, and its receipt records it too. Failing the message now would only bring it back for nothing, so a
  // lost record is reported and no more.
  try {
    if (!(await store.markSent(orderId, deps.now()))) {
      logLine("error", "another invocation took the order over while its alert went out", { orderId });
    }
  } catch (error) {
    logLine("error", "alert sent but not recorded; that is left to its receipt", {
      orderId,
      error: describeError(error),
    });
  }
  logLine("info", "alert published", { orderId, amountUsd: alert.amountUsd });
  return { kind: "published" };
}

/** How many orders are alerted at once: enough to hide the round trips, far below any service's rate limit. */
export const ALERT_CONCURRENCY = 16;

/** Totals of `raiseAll`. */
export interface RaiseTotals {
  published: number;
  known: number;
  failed: number;
  firstReason?: string;
}

/** Raises all findings, a few at a time; one that fails does not stop the others. Adds to `totals`. */
export async function raiseAll(findings: Finding[], deps: AlertDependencies, totals: RaiseTotals): Promise<void> {
  // Copies of one order within this list would only meet each other's lease.
  const byOrder = new Map<string, Finding>();
  for (const finding of findings) {
    if (!byOrder.has(finding.purchase.orderId)) byOrder.set(finding.purchase.orderId, finding);
  }
  const unique = [...byOrder.values()];
  totals.known += findings.length - unique.length;
  for (let start = 0; start < unique.length; start += ALERT_CONCURRENCY) {
    const slice = unique.slice(start, start + ALERT_CONCURRENCY);
    for (const outcome of await Promise.all(slice.map((finding) => raiseAlert(finding, deps)))) {
      if (outcome.kind !== "retry") {
        totals[outcome.kind] += 1;
        continue;
      }
      totals.failed += 1;
      totals.firstReason ??= outcome.reason;
    }
  }
}
