/** CloudTrail, Budgets, EventBridge Scheduler and Config rules. */
import type { Props } from "../mapping";
import type { Request, TypeSpec } from "../request";
import { isNew, plain } from "./plain";

/** Logging and selectors of a trail are calls of their own. */
async function settleTrail(r: Request): Promise<void> {
  const logging = r.inputs["enableLogging"] ?? true;
  if (isNew(r) || r.changed("enableLogging")) await r.ask(`${logging === true ? "Start" : "Stop"}Logging(Name)`);
  if (!r.changed("eventSelectors", "advancedEventSelectors")) return;
  const { eventSelectors, advancedEventSelectors: AdvancedEventSelectors } = r.inputs;
  // Without selectors of its own a trail records management events, which is what AWS starts with.
  const EventSelectors = eventSelectors ?? [{ ReadWriteType: "All", IncludeManagementEvents: true, DataResources: [] }];
  const selectors = AdvancedEventSelectors === undefined ? { EventSelectors } : { AdvancedEventSelectors };
  await r.ask("PutEventSelectors(TrailName)", selectors);
}

const trail = plain({
  service: "cloudtrail",
  props:
    "name! s3BucketName s3KeyPrefix snsTopicName cloudWatchLogsGroupArn=CloudWatchLogsLogGroupArn cloudWatchLogsRoleArn " +
    "enableLogFileValidation includeGlobalServiceEvents isMultiRegionTrail isOrganizationTrail kmsKeyId enableLogging* " +
    "eventSelectors* advancedEventSelectors* tags=TagsList",
  name: { property: "name", max: 128 },
  create: "CreateTrail.TrailARN",
  read: "GetTrail(Name).Trail",
  update: "UpdateTrail(Name)",
  delete: "DeleteTrail(Name)",
  settle: settleTrail,
  outs: (r) => ({ arn: r.id, homeRegion: r.region }),
});

/** A budget's notifications as Pulumi's flat blocks, and as the API's pairs. */
const notifications = (inputs: Props): Props[] =>
  ((inputs["notifications"] ?? []) as Props[]).map((one) => ({
    Notification: {
      ComparisonOperator: one["comparisonOperator"],
      NotificationType: one["notificationType"],
      Threshold: one["threshold"],
      ThresholdType: one["thresholdType"],
    },
    Subscribers: [
      ...((one["subscriberEmailAddresses"] ?? []) as string[]).map((Address) => ({
        SubscriptionType: "EMAIL",
        Address,
      })),
      ...((one["subscriberSnsTopicArns"] ?? []) as string[]).map((Address) => ({ SubscriptionType: "SNS", Address })),
    ],
  }));

const budgetRef = (r: Request): Props => ({ AccountId: r.str("accountId") || r.account, BudgetName: r.str("name") });

const budgetBody = (r: Request): Props => {
  const amount = r.inputs["limitAmount"];
  const filters = ((r.inputs["costFilters"] ?? []) as { name: string; values: string[] }[]).map(({ name, values }) => [
    name,
    values,
  ]);
  return {
    ...r.map(),
    ...(amount === undefined ? {} : { BudgetLimit: { Amount: amount, Unit: r.inputs["limitUnit"] } }),
    ...(filters.length === 0 ? {} : { CostFilters: Object.fromEntries(filters) as Props }),
  };
};

async function setNotifications(r: Request, before: Props[]): Promise<void> {
  const { AccountId, BudgetName } = budgetRef(r);
  for (const { Notification } of before) await r.call("DeleteNotification", { AccountId, BudgetName, Notification });
  for (const one of notifications(r.inputs)) await r.call("CreateNotification", { AccountId, BudgetName, ...one });
}

const budget: TypeSpec = {
  service: "budgets",
  props:
    "name!=BudgetName accountId!* budgetType timeUnit limitAmount* limitUnit* costFilters* costTypes notifications* tags",
  maps: "CreateBudget.Budget",
  name: { property: "name", max: 100 },
  create: async (r) => {
    const { AccountId } = budgetRef(r);
    await r.call("CreateBudget", { AccountId, Budget: budgetBody(r) });
    r.id = `${String(AccountId)}:${r.str("name")}`;
    await setNotifications(r, []);
    return { id: r.id };
  },
  read: async (r) => {
    const found = (await r.call("DescribeBudget", budgetRef(r)))["Budget"] as Props;
    const { Amount, Unit } = (found["BudgetLimit"] ?? {}) as Props;
    return { ...found, CostFilters: undefined, limitAmount: Amount, limitUnit: Unit };
  },
  update: async (r) => {
    await r.call("UpdateBudget", { AccountId: budgetRef(r)["AccountId"], NewBudget: budgetBody(r) });
    if (r.changed("notifications")) await setNotifications(r, notifications(r.oldInputs));
  },
  delete: (r) => r.call("DeleteBudget", budgetRef(r)),
  outs: (r) => ({ arn: r.arn("budgets", `budget/${r.str("name")}`, ""), accountId: budgetRef(r)["AccountId"] }),
};

/** `group/name`, as the official provider's ids are. */
const scheduleRef = (r: Request): Props => {
  const [GroupName, Name] = r.id.split("/");
  return { GroupName, Name };
};

export const operationsTypes: Record<string, TypeSpec> = {
  "aws:cloudtrail/trail:Trail": {
    ...trail,
    read: async (r) => {
      const enableLogging = await r.ask("GetTrailStatus(Name).IsLogging");
      const { EventSelectors, AdvancedEventSelectors } = (await r.ask("GetEventSelectors(TrailName)")) as Props;
      return { ...(await trail.read(r)), enableLogging, EventSelectors, AdvancedEventSelectors };
    },
  },
  "aws:budgets/budget:Budget": budget,
  "aws:scheduler/schedule:Schedule": {
    service: "scheduler",
    props:
      "name! groupName! description scheduleExpression scheduleExpressionTimezone startDate endDate flexibleTimeWindow " +
      "kmsKeyArn state actionAfterCompletion target",
    maps: "CreateSchedule",
    name: { property: "name", max: 64 },
    create: async (r) => {
      await r.call("CreateSchedule", r.map());
      return { id: `${r.str("groupName") || "default"}/${r.str("name")}` };
    },
    read: (r) => r.call("GetSchedule", scheduleRef(r)),
    update: (r) => r.call("UpdateSchedule", { ...r.map("UpdateSchedule"), ...scheduleRef(r) }),
    delete: (r) => r.call("DeleteSchedule", scheduleRef(r)),
    outs: (r) => ({ arn: r.arn("scheduler", `schedule/${r.id}`), groupName: r.id.split("/")[0] }),
  },
  "aws:scheduler/scheduleGroup:ScheduleGroup": plain({
    service: "scheduler",
    props: "name! tags",
    name: { property: "name", max: 64 },
    create: "CreateScheduleGroup",
    read: "GetScheduleGroup(Name)",
    delete: "DeleteScheduleGroup(Name)",
    outs: (r) => ({ arn: r.arn("scheduler", `schedule-group/${r.id}`), state: "ACTIVE" }),
  }),
  "aws:cfg/rule:Rule": plain({
    service: "config",
    props: "name!=ConfigRuleName description inputParameters$ maximumExecutionFrequency scope source",
    maps: "PutConfigRule.ConfigRule",
    name: { property: "name", max: 128 },
    create: "PutConfigRule",
    read: "DescribeConfigRules(ConfigRuleNames).ConfigRules.0",
    update: "PutConfigRule.ConfigRule",
    delete: "DeleteConfigRule(ConfigRuleName)",
  }),
};
