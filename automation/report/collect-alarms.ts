import { paginateDescribeAlarmHistory, type CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import type { AlarmNow } from "../stack/status-alarms";
import type { AlarmSpan } from "./report-data";

/** A change of state. */
export interface Transition {
  at: Date;
  was?: string;
  to: string;
}

/** When each alarm was on. CloudWatch keeps 30 days of history (API reference, "DescribeAlarmHistory"). */
export async function alarmSpans(
  cloudWatch: CloudWatchClient,
  alarms: readonly AlarmNow[],
  from: Date,
  to: Date,
): Promise<AlarmSpan[]> {
  const spans: AlarmSpan[] = [];
  // One after the other: the call has a low rate limit, and there is no way to ask for several alarms.
  for (const alarm of alarms) spans.push(...spansOf(alarm, await transitions(cloudWatch, alarm, from, to), from, to));
  return spans;
}

async function transitions(
  cloudWatch: CloudWatchClient,
  { name, kind }: AlarmNow,
  from: Date,
  to: Date,
): Promise<Transition[]> {
  const found: Transition[] = [];
  const input = {
    AlarmName: name,
    AlarmTypes: [kind === "metric" ? ("MetricAlarm" as const) : ("CompositeAlarm" as const)],
    HistoryItemType: "StateUpdate" as const,
    StartDate: from,
    EndDate: to,
    ScanBy: "TimestampAscending" as const,
  };
  for await (const page of paginateDescribeAlarmHistory({ client: cloudWatch }, input)) {
    for (const { Timestamp: at, HistoryData: data } of page.AlarmHistoryItems ?? []) {
      const { oldState, newState } = JSON.parse(data ?? "{}") as Partial<
        Record<"oldState" | "newState", { stateValue?: string }>
      >;
      const [was, became] = [oldState?.stateValue, newState?.stateValue];
      if (at !== undefined && became !== undefined)
        found.push({ at, to: became, ...(was === undefined ? {} : { was }) });
    }
  }
  return found.sort((one, other) => one.at.getTime() - other.at.getTime());
}

/** Spans in which an alarm was on, by its changes of state and what it is now. */
export function spansOf(
  { row, part, state, since }: Pick<AlarmNow, "row" | "part" | "state" | "since">,
  changes: readonly Transition[],
  from: Date,
  to: Date,
): AlarmSpan[] {
  const alarm = part === undefined ? row.title : `${row.title}: ${part}`;
  const span = (start: Date, end: Date, on: boolean): AlarmSpan => ({
    alarm,
    severity: row.severity,
    from: start.toISOString(),
    to: end.toISOString(),
    on,
  });
  const [first] = changes;
  if (first === undefined) {
    // It has been on since before, or since a moment that the history does not have yet.
    const start = since === undefined || since < from ? from : since;
    return state === "ALARM" ? [span(start, to, true)] : [];
  }
  const spans: AlarmSpan[] = [];
  let start = first.was === "ALARM" ? from : undefined;
  for (const { at, to: now } of changes) {
    if (now === "ALARM") start ??= at;
    else if (start !== undefined) {
      spans.push(span(start, at, false));
      start = undefined;
    }
  }
  if (start !== undefined) spans.push(span(start, to, true));
  return spans;
}
