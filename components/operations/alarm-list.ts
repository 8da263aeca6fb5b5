import type { NotifierRow } from "../../handlers/operations/notifier-row";
import { CRITICAL_ALARMS } from "./alarm-list-critical";
import type { AlarmRow } from "./alarm-list-types";
import { WARNING_ALARMS } from "./alarm-list-warning";

/** Every alarm of a pipeline. */
export const ALARMS: readonly AlarmRow[] = [...CRITICAL_ALARMS, ...WARNING_ALARMS];

/** What the notifier has to know of the rows: plain data, and no more than that, since its function carries it. */
export function notifierRows(rows: readonly AlarmRow[]): NotifierRow[] {
  return rows.map(({ id, title, severity, owner, threshold, message, route, parts }) => ({
    id,
    title,
    severity,
    owner,
    threshold,
    message,
    route,
    ...(parts === undefined ? {} : { parts }),
  }));
}

/** Where runbooks are when no URL of the repository is known: the path in it. */
export const DEFAULT_RUNBOOK_BASE = "docs/runbooks/";

/** The folder of the runbooks, with a final slash. */
export function runbookFolder(base?: string): string {
  return base === undefined ? DEFAULT_RUNBOOK_BASE : base.replace(/\/*$/, "/");
}

/** Longest description of an alarm (CloudWatch API reference, "PutMetricAlarm"). */
export const MAX_DESCRIPTION = 1024;

/** An alarm's description, for whoever sees it in the console or gets it straight from CloudWatch. */
export function alarmDescription(row: AlarmRow, runbookBase?: string): string {
  const { what, firstStep } = row.message;
  return [
    `${row.severity.toUpperCase()}: ${row.title}.`,
    what,
    `First: ${firstStep}`,
    `Runbook: ${runbookFolder(runbookBase)}${row.id}.md.`,
    `Owner: ${row.owner}.`,
  ].join(" ");
}
