import { lineOf, num, type Line, type Model } from "./model";
import { DAYS } from "./schedule";
import type { Volumes } from "./volumes";

/** A record of CloudTrail as it comes to CloudWatch Logs (CloudTrail guide's examples of data events), KB. */
const TRAIL_RECORD_KB = 1.5;
/** Files of a trail are gzip; records of one caller repeat themselves. */
const TRAIL_GZIP_RATIO = 0.1;
/** Packets of an isolated network, those of jobs and warehouse, aggregated over ten minutes: an allowance. GB a month. */
const FLOW_LOG_GB = 1;

/** Writing, checking, reading and copying each raw object, a month. */
const dataEvents = ({ rawObjectsPerMonth }: Volumes): number => rawObjectsPerMonth * 4;

/** GB that a trail adds to its bucket in a number of days. */
export function trailGb(volumes: Volumes, days: number): number {
  return ((dataEvents(volumes) * TRAIL_RECORD_KB * TRAIL_GZIP_RATIO) / 1e6) * (days / DAYS);
}

/** Records of trails, and their copies and those of flows in CloudWatch Logs. */
export function auditLines(model: Model): Line[] {
  const trails = model.graph.ofType("aws:cloudtrail/trail:Trail");
  const copied = trails.filter(({ inputs }) => inputs["cloudWatchLogsGroupArn"] !== undefined).length;
  const flows = model.graph.ofType("aws:ec2/flowLog:FlowLog").length * FLOW_LOG_GB;
  const records = dataEvents(model.volumes) * trails.length;
  const lines: Line[] = [];
  if (trails.length > 0) {
    const because = `${num(records)} calls`;
    lines.push(lineOf(model, "CloudTrail", "data events", "cloudtrail.dataEvents", records / 1e5, because));
  }
  if (copied > 0) {
    const gb = (dataEvents(model.volumes) * copied * TRAIL_RECORD_KB) / 1e6;
    const because = `records of ${num(TRAIL_RECORD_KB)} KB`;
    lines.push(lineOf(model, "CloudWatch", "audit trail written", "cloudwatch.logsIngested", gb, because));
  }
  if (flows > 0) {
    lines.push(lineOf(model, "CloudWatch", "flow logs written", "cloudwatch.logsIngested", flows, "an allowance"));
  }
  return lines;
}
