import { expect } from "chai";
import { z } from "zod";
import { OperationsDashboard, type OperationsDashboardArgs } from "../../../../components/operations/dashboard";
import { dashboardBody, type DashboardFacts } from "../../../../components/operations/dashboard-body";
import { FIVE_METRICS } from "../../../../handlers/operations/metrics";
import { ACCOUNT, deploy, expectNamesPrefixed, valueOf } from "../../support/cloud-mocks";

const DIMENSIONS = { team: "web", environment: "prod", pipeline: "clickstream-test" };
const ARNS = ["etl-failed", "data-not-arriving"].map(
  (id) => `arn:aws:cloudwatch:eu-west-1:1:alarm:clickstream-test-${id}`,
);
const FACTS: DashboardFacts = {
  region: "eu-west-1",
  dimensions: DIMENSIONS,
  alarmArns: ARNS,
  alerts: { topicName: "alerts", deadLetterQueueName: "alerts-dlq" },
  warehouse: true,
};

// CloudWatch API reference, "Dashboard body structure and syntax", as far as the program uses it; strict, so that a
// misspelt property, which CloudWatch ignores, is found here.
const place = {
  x: z.number().int().min(0).max(23),
  y: z.number().int().min(0),
  width: z.number().int().min(1).max(24),
  height: z.number().int().min(1).max(1000),
};
const stat = z.enum(["Maximum", "Minimum", "Sum", "Average", "SampleCount"]);
const period = z.number().int().multipleOf(60).min(60).max(86_400);
const options = z.strictObject({
  label: z.string().optional(),
  color: z
    .string()
    .regex(/^#[0-9a-f]{6}$/)
    .optional(),
  id: z
    .string()
    .regex(/^[a-z][A-Za-z0-9_]*$/)
    .optional(),
  visible: z.boolean().optional(),
  stat: stat.optional(),
  period: period.optional(),
});
const expression = options.extend({ expression: z.string().min(1).max(1024) });
/** Namespace, name, pairs of dimensions, options. */
const metric = z
  .array(z.union([z.string().min(1).max(255), options]))
  .refine((line) => line.length >= 3 && line.length % 2 === 1, "namespace, name, pairs, options")
  .refine((line) => line.slice(0, -1).every((part) => typeof part === "string"), "options come last")
  .refine((line) => typeof line.at(-1) === "object", "options at the end");
const annotation = z.strictObject({
  value: z.number(),
  label: z.string(),
  color: z.string().regex(/^#[0-9a-f]{6}$/),
  fill: z.enum(["above", "below"]),
});
const graphed = z.strictObject({
  view: z.enum(["timeSeries", "singleValue", "gauge", "bar", "pie"]),
  title: z.string().min(1),
  region: z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/),
  metrics: z
    .array(z.union([metric, z.tuple([expression])]))
    .min(1)
    .max(500),
  period,
  stat,
  stacked: z.boolean().optional(),
  sparkline: z.boolean().optional(),
  legend: z.strictObject({ position: z.enum(["right", "bottom", "hidden"]) }).optional(),
  yAxis: z
    .strictObject({ left: z.strictObject({ label: z.string(), showUnits: z.boolean(), min: z.number() }) })
    .optional(),
  annotations: z.strictObject({ horizontal: z.array(annotation) }).optional(),
});
const alarmed = z.strictObject({
  title: z.string(),
  alarms: z.array(z.string().regex(/^arn:aws[a-z-]*:cloudwatch:[a-z0-9-]+:\d+:alarm:.+$/)).max(100),
  sortBy: z.enum(["default", "stateUpdatedTimestamp", "timestamp"]),
});
const bodySchema = z.strictObject({
  start: z.string().regex(/^-P(\d+[DWM]|T\d+[HM])$/),
  periodOverride: z.enum(["auto", "inherit"]),
  widgets: z
    .array(
      z.discriminatedUnion("type", [
        z.strictObject({ type: z.literal("metric"), ...place, properties: graphed }),
        z.strictObject({ type: z.literal("alarm"), ...place, properties: alarmed }),
      ]),
    )
    .max(500),
});
type Body = z.infer<typeof bodySchema>;

const titled = (body: Body, title: RegExp): z.infer<typeof graphed> => {
  const found = body.widgets.flatMap(({ type, properties }) =>
    type === "metric" && title.test(properties.title) ? [properties] : [],
  );
  expect(found, String(title)).to.have.length(1);
  return found[0] ?? expect.fail();
};
const text = (value: unknown): string => JSON.stringify(value);

describe("the dashboard's body", () => {
  const read = (facts: DashboardFacts): Body => bodySchema.parse(JSON.parse(JSON.stringify(dashboardBody(facts))));
  const body = read(FACTS);

  it("is what CloudWatch documents, and fits the 24 columns without overlapping", () => {
    const taken = new Map<string, string>();
    expect(body.widgets.length).to.be.at.most(14);
    for (const { x, y, width, height, properties } of body.widgets) {
      expect(x + width, properties.title).to.be.at.most(24);
      for (let column = x; column < x + width; column += 1) {
        for (let row = y; row < y + height; row += 1) {
          const cell = `${String(column)},${String(row)}`;
          expect(taken.get(cell), `${properties.title} at ${cell}`).to.equal(undefined);
          taken.set(cell, properties.title);
        }
      }
    }
    const bottom = Math.max(...body.widgets.map(({ y, height }) => y + height));
    expect(taken.size, "no hole").to.equal(24 * bottom);
  });

  it("shows each of the five metrics as a number and over time, with its target and its bad side", () => {
    const now = text(titled(body, /now, each beside its target/).metrics);
    for (const { title, text: target, good } of FIVE_METRICS) {
      expect(now).to.contain(title).and.contain(target);
      const { annotations } = titled(body, new RegExp(`^${title}: `));
      expect(annotations?.horizontal[0]?.fill, title).to.equal(good === "below" ? "above" : "below");
    }
    const lines = (title: RegExp): unknown => titled(body, title).annotations?.horizontal[0]?.value;
    expect([lines(/^Data freshness/), lines(/^Query P95/), lines(/^Cost per TB/)]).to.deep.equal([90, 5, 50]);
  });

  it("names only the stack's own metrics: all three dimensions on each line and search", () => {
    const lines = body.widgets.flatMap(({ type, properties }) => (type === "metric" ? properties.metrics : []));
    const own = lines.filter((line) => line[0] === "Clickstream").map((line) => line.slice(2, 8));
    expect(own.length).to.be.greaterThan(15);
    for (const pairs of own) {
      expect(pairs).to.deep.equal(["Team", "web", "Environment", "prod", "Pipeline", "clickstream-test"]);
    }
    const searches = lines.map(text).filter((line) => line.includes("SEARCH("));
    expect(searches).to.have.length(2);
    for (const search of searches)
      expect(search).to.match(/Pipeline=\\\\\\"clickstream-test|Pipeline=\\"clickstream-test/);
    expect(searches[0]).to.contain("{Clickstream,Team,Environment,Pipeline,Rule} MetricName=");
    expect(searches[1]).to.contain("{Clickstream,Team,Environment,Pipeline,QueryTeam} MetricName=");
  });

  it("has the flow with the lag of each stage, and leaves out a warehouse that is not there", () => {
    expect(text(titled(body, /^Flow: how far.*→ loaded/).metrics))
      .to.contain("WarehouseLag")
      .and.contain("GoldLag");
    const without = read({ ...FACTS, warehouse: false });
    expect(text(without)).to.not.contain("WarehouseLag");
    expect(text(titled(without, /^Flow: how far/).metrics))
      .to.contain("SilverLag")
      .and.contain("DataFreshness");
  });

  it("refers in expressions only to ids of the same widget", () => {
    for (const { type, properties } of body.widgets) {
      if (type !== "metric") continue;
      const settings = properties.metrics.flatMap(
        (line) => (line.at(-1) as { id?: string; expression?: string }) ?? [],
      );
      const ids = settings.flatMap(({ id }) => id ?? []);
      expect(new Set(ids).size, properties.title).to.equal(ids.length);
      for (const { expression: formula = "" } of settings) {
        for (const [used] of formula.matchAll(/\braw_\w+/g)) expect(ids, properties.title).to.include(used);
      }
    }
  });
});

describe("OperationsDashboard", () => {
  const ARGS: OperationsDashboardArgs = { account: ACCOUNT, ...FACTS };

  it("is one dashboard with the region in its name, since dashboards are of a whole account, and says where it is", async () => {
    let made: OperationsDashboard | undefined;
    const name = "clickstream-test-ops-dashboard";
    const recording = await deploy(() => (made = new OperationsDashboard(name, ARGS)));
    expectNamesPrefixed(recording);
    expect(recording.ofType("Dashboard")).to.have.length(1);
    const { dashboardName, dashboardBody: sent } = recording.inputs("Dashboard", `${name}-page`);
    expect(dashboardName).to.equal("clickstream-test-eu-west-1");
    expect(dashboardName).to.match(/^[\w-]{1,255}$/);
    const parsed = bodySchema.parse(JSON.parse(sent as string));
    const alarms = parsed.widgets.flatMap(({ type, properties }) => (type === "alarm" ? properties.alarms : []));
    expect(alarms).to.deep.equal(ARNS);
    expect(await valueOf(made?.url as never)).to.equal(
      "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1" +
        "#dashboards/dashboard/clickstream-test-eu-west-1",
    );
  });
});
