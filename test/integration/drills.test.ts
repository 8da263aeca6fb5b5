import {
  GetQueueAttributesCommand,
  PurgeQueueCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
} from "@aws-sdk/client-sqs";
import { PauseClusterCommand, ResumeClusterCommand, DescribeClustersCommand } from "@aws-sdk/client-redshift";
import { expect } from "chai";
import { EphemeralStack } from "../../automation/ephemeral-stack";
import type { RawEvent } from "../../automation/generate/event";
import { decideDrift, listDrifts, listHolds, type Decision } from "../../automation/stack/drift";
import { runGold, runSilver, startJob, waitForRun } from "../../automation/stack/etl";
import type { StackOutputs } from "../../automation/stack/outputs";
import { daysInMonth } from "../../handlers/costs/days";
import type { DriftRecord } from "../../handlers/landing/drift-record";
import { utcDay } from "../../handlers/query-log/query-record";
import { Drills, measured } from "./support/drill";
import { DrillClock } from "./support/drill-clock";
import { damaged, events, land } from "./support/drill-files";
import { logQuery } from "./support/drill-queries";
import { DrillRoutes } from "./support/drill-routes";
import { ask, type Deployed } from "./support/lake";
import { eventually } from "./support/processes";

const HOUR_MS = 3_600_000;
const MONTHLY_BUDGET_USD = 60_000;
/** Data last landed this long before the drills begin, so that their time has come to the real one when it ends. */
const SILENT_MINUTES = 96;

/**
 * Each alarm that people count on, from its real cause to its message and its recovery. Time is the drills' own: the
 * stack's functions, jobs and alarms are real, only their schedules are called by the clock.
 *
 * The drills come in an order that lets the time pass once; each ends with its recovery.
 */
describe("drills: every cause leads to one message on the right route, in time, and to one recovery", () => {
  let stack: EphemeralStack;
  let outputs: StackOutputs;
  let at: Deployed;
  let clock: DrillClock;
  let routes: DrillRoutes;
  let drills: Drills;

  before(async () => {
    stack = await EphemeralStack.create({
      config: {
        warehouseMode: "provisioned",
        alertEmail: "oncall@example.com",
        slackWebhook: "https://hooks.example.com/services/T/B/x",
        qualityGatePercent: 90,
        monthlyBudgetUsd: MONTHLY_BUDGET_USD,
        // Purchases are not what these drills are about.
        alertThresholdUsd: 1_000_000,
      },
    });
    ({ outputs } = await stack.up());
    at = { clients: stack.clients, outputs };
    const minute = Math.floor(Date.now() / 60_000) * 60_000;
    clock = await DrillClock.start(stack, outputs, new Date(minute - SILENT_MINUTES * 60_000));
    routes = await DrillRoutes.open(stack, outputs);
    drills = new Drills(stack, outputs, clock, routes);
  });
  after(async () => {
    await routes?.close();
    await stack?.destroy();
  });

  const depth = async (QueueUrl: string): Promise<number> => {
    const names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"] as const;
    const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...names] });
    const { Attributes = {} } = await stack.clients.sqs.send(command);
    return Object.values(Attributes).reduce((sum, count) => sum + Number(count), 0);
  };
  const openDrift = async (key: string): Promise<DriftRecord> => {
    const found = async (): Promise<DriftRecord | undefined> =>
      (await listDrifts(stack.clients, outputs)).find((drift) => drift.state === "open" && drift.key === key);
    await eventually(`a drift of ${key}`, async () => (await found()) !== undefined, 60, 100);
    return (await found()) as DriftRecord;
  };
  const accept = ({ id }: DriftRecord, map?: string): Promise<Decision> =>
    decideDrift(stack.clients, outputs, {
      id,
      decision: "accepted",
      now: new Date(),
      by: "on-call",
      ...(map === undefined ? {} : { map }),
    });
  const withExtra = (lines: readonly RawEvent[], name: string): object[] =>
    lines.map((event) => ({ ...event, [name]: { arm: "a" } }));

  it("91 minutes without data", async () => {
    await drills.begin();
    // The newest event of the file is as old as the drill: since then nothing has come.
    await land(at, events(120, 1, clock.now()), clock.now());
    await drills.alarmed("data-not-arriving");
    await clock.catchUp();
    const now = new Date();
    await land(at, events(120, 2, now), now);
    await drills.recovered("data-not-arriving");
    await clock.startHeartbeats();
  });

  it("data quality at 94 %", async () => {
    await runSilver(stack.clients, outputs);
    await drills.begin();
    const now = new Date();
    await land(at, damaged(events(100, 3, now), 6), now);
    const report = await runSilver(stack.clients, outputs);
    expect(report).to.deep.include({ read: 100, accepted: 94, quarantined: 6 });
    await drills.alarmed("quality-low");
    await land(at, events(100, 4, new Date()), new Date());
    expect(await runSilver(stack.clients, outputs)).to.deep.include({ read: 100, accepted: 100 });
    await drills.recovered("quality-low");
  });

  it("a failed ETL run", async () => {
    await drills.begin();
    const runId = await startJob(stack.clients.glue, outputs.silverJob, { "--on_low_quality": "shrug" });
    const run = await waitForRun(stack.clients.glue, outputs.silverJob, runId);
    expect(run.JobRunState).to.equal("FAILED");
    await drills.alarmed("etl-failed");
    await runSilver(stack.clients, outputs);
    await runGold(stack.clients, outputs);
    await drills.recovered("etl-failed");
  });

  it("additive drift", async () => {
    await drills.begin();
    const now = new Date();
    const drift = await openDrift(await land(at, withExtra(events(100, 5, now), "experiment"), now));
    expect(drift).to.deep.include({ kind: "unknown_field", severity: "additive", path: "experiment" });
    await drills.alarmed("drift-additive");
    expect((await accept(drift)).released).to.deep.equal([]);
    await drills.recovered("drift-additive");
  });

  it("a notifier that cannot reach Slack", async () => {
    await drills.begin();
    routes.slackStatus = 500;
    const now = new Date();
    const drift = await openDrift(await land(at, withExtra(events(100, 6, now), "campaign"), now));
    await clock.go(8);
    await eventually("a dead letter", async () => (await depth(outputs.alarmNotifierDlqUrl)) > 0, 90, 200);
    await drills.alarmed("notifier-failing");
    routes.slackStatus = 200;
    await stack.clients.sqs.send(new PurgeQueueCommand({ QueueUrl: outputs.alarmNotifierDlqUrl }));
    // Nobody heard of the drift, so nobody hears that it is over.
    await accept(drift);
    await drills.recovered("notifier-failing");
    await clock.go(15);
  });

  it("a field that the producer renamed", async () => {
    await drills.begin();
    // An hour of its own: what is held is an hour, and what is replayed, too.
    const end = new Date(Math.floor(Date.now() / HOUR_MS) * HOUR_MS - 4 * HOUR_MS);
    const before = events(150, 7, end);
    const renamed = before.map(({ user_id: uid, ...event }) => (uid === undefined ? event : { ...event, uid }));
    const landed = Date.now();
    const key = await land(at, renamed, new Date(end.getTime() - 1));
    const drift = await openDrift(key);
    const caught = Date.now() - landed;
    expect(drift).to.deep.include({
      kind: "renamed_field",
      severity: "breaking",
      suggestion: { from: "uid", to: "user_id" },
    });
    await eventually("a hold", async () => (await listHolds(stack.clients.s3, outputs.statePath)).length > 0, 60);
    const held = await listHolds(stack.clients.s3, outputs.statePath);
    expect(held.map(({ hour, drift: id }) => [hour, id])).to.deep.equal([[drift.hour, drift.id]]);
    await eventually("the metric", async () => (await measured(at, "breakingDriftOpen", landed)) === 1, 30);
    expect(caught).to.be.lessThan(60_000);
    await drills.alarmed("drift-breaking");

    // Silver takes what the two drills before landed, and leaves the held hour alone.
    const meanwhile = await runSilver(stack.clients, outputs);
    expect(meanwhile).to.deep.include({ read: 200, accepted: 200, held_files: 1 });

    const decision = await accept(drift, "uid=user_id");
    expect(decision).to.deep.include({ released: [drift.hour], stillHeld: [] });
    const { read, accepted, quarantined, duplicates } = await runSilver(stack.clients, outputs);
    expect({ read, accepted, quarantined, duplicates }).to.deep.equal({
      read: renamed.length,
      accepted: renamed.length,
      quarantined: 0,
      duplicates: 0,
    });
    await runGold(stack.clients, outputs);
    const ids = before.map(({ event_id }) => `'${event_id}'`).join(", ");
    const { rows } = await ask(at, "gold", `SELECT event_id, user_id FROM fact_clicks WHERE event_id IN (${ids})`);
    const users = new Map(before.map(({ event_id, user_id }) => [event_id, user_id ?? null]));
    expect(new Map(rows.map(([id = "", user = null]) => [id ?? "", user]))).to.deep.equal(users);
    await drills.recovered("drift-breaking");
  });

  it("a poisoned message among the purchase alerts", async () => {
    await drills.begin();
    const QueueUrl = outputs.alertQueueUrl;
    const { Attributes } = await stack.clients.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["RedrivePolicy"] }),
    );
    const policy = JSON.parse(Attributes?.["RedrivePolicy"] ?? "{}") as object;
    // Five tries over minutes are one here: that is SQS's part, and real time.
    await stack.clients.sqs.send(
      new SetQueueAttributesCommand({
        QueueUrl,
        Attributes: { RedrivePolicy: JSON.stringify({ ...policy, maxReceiveCount: 1 }) },
      }),
    );
    await stack.clients.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: '{"cut' }));
    await eventually("a dead letter", async () => (await depth(outputs.alertDlqUrl)) === 1, 60, 200);
    await drills.alarmed("dead-letters-alerts");
    await stack.clients.sqs.send(new PurgeQueueCommand({ QueueUrl: outputs.alertDlqUrl }));
    await drills.recovered("dead-letters-alerts");
  });

  describe("the warehouse", () => {
    const status = async (): Promise<string | undefined> => {
      const describe = new DescribeClustersCommand({ ClusterIdentifier: outputs.warehouseName });
      return (await stack.clients.redshift.send(describe)).Clusters?.[0]?.ClusterStatus;
    };
    const make = (availability: string): Promise<void> =>
      clock.local("availability", { cluster: outputs.warehouseName, availability });

    it("unavailable", async () => {
      await drills.begin();
      await make("Unavailable");
      await drills.alarmed("warehouse-unhealthy");
      await make("Available");
      await drills.recovered("warehouse-unhealthy");
    });

    it("paused: no message", async () => {
      const ClusterIdentifier = outputs.warehouseName;
      await drills.begin();
      await stack.clients.redshift.send(new PauseClusterCommand({ ClusterIdentifier }));
      await eventually("a paused cluster", async () => (await status()) === "paused", 30, 50);
      await clock.go(30);
      await drills.quiet();
      await stack.clients.redshift.send(new ResumeClusterCommand({ ClusterIdentifier }));
      await eventually("a cluster", async () => (await status()) === "available", 30, 50);
    });
  });

  it("slow queries", async () => {
    const hour = new Date((Math.floor(clock.now().getTime() / HOUR_MS) + 1) * HOUR_MS);
    const before = (hours: number): Date => new Date(hour.getTime() - hours * HOUR_MS);
    await Promise.all([
      ...Array.from({ length: 40 }, (_, n) => logQuery(at, `usual-${n}`, before(72), 1000)),
      // The slow ones are almost a day old: an hour later they are not of the last day any more.
      ...Array.from({ length: 30 }, (_, n) => logQuery(at, `slow-${n}`, before(23.5), 2500)),
      // Enough of them that the few real queries of this stack do not count.
      ...Array.from({ length: 200 }, (_, n) => logQuery(at, `quick-${n}`, before(1), 900)),
    ]);
    await drills.begin();
    await clock.invoke(outputs.queryLogFunction, { task: "publish" });
    await drills.alarmed("query-slow");
    await drills.recovered("query-slow");
  });

  it("a day that costs a quarter more than its budget", async () => {
    const day = utcDay(clock.now());
    const morning = (days: number): Date => new Date(Date.parse(`${day}T07:00:00Z`) + days * 24 * HOUR_MS);
    const spend = async (date: string, share: number): Promise<void> => {
      const usd = (MONTHLY_BUDGET_USD / daysInMonth(date)) * share;
      await clock.local("costs", { date, service: "AWS Glue", usd, tags: { pipeline: outputs.pipelineName } });
    };
    await spend(day, 1.25);
    await spend(utcDay(morning(1)), 0.9);
    await drills.begin(new Date(`${day}T00:00:00Z`));
    await clock.skipTo(morning(1));
    await clock.invoke(outputs.dailyCostFunction, { time: morning(1).toISOString() });
    await drills.alarmed("cost-spike");
    const [told] = await routes.messages();
    expect(told?.text).to.match(/12[5-9](\.\d)? % of the daily budget/);
    await clock.skipTo(morning(2));
    await clock.invoke(outputs.dailyCostFunction, { time: morning(2).toISOString() });
    await drills.recovered("cost-spike");
  });

  it("a quiet night with heartbeats: no message", async () => {
    await drills.begin();
    await clock.goHours(10);
    await drills.quiet();
  });
});
