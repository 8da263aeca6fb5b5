/**
 * CloudWatch, CloudTrail, Budgets and Config. AWS pages: "PutMetricAlarm", "PutCompositeAlarm", "Dashboard body structure
 * and syntax", "Naming requirements for CloudTrail trails", "CreateTrail", "PutEventSelectors", "Budget", "Notification"
 * (Budgets API), "PutConfigRule".
 */
import { isRecord, type Props } from "../mapping";
import { type Check, inspect, list, matches, onlyOne, parseJson, type Problems, type Rules, where } from "./check";

const DAY = 86_400;

function* periodProblems(value: unknown): Problems {
  const { Period, EvaluationPeriods, Metrics } = value as Props;
  const periods = [
    Period,
    ...(list(Metrics) as Props[]).map((one) => (one["MetricStat"] as Props | undefined)?.["Period"] ?? one["Period"]),
  ];
  for (const period of periods.filter((one) => one !== undefined).map(Number)) {
    if (![10, 20, 30].includes(period) && (period % 60 !== 0 || period === 0))
      yield `period ${period} must be 10, 20, 30 or a multiple of 60`;
    const most = period >= 3600 ? 7 * DAY : DAY;
    if (period * Number(EvaluationPeriods) > most)
      yield `period ${period} times EvaluationPeriods must not exceed ${most} seconds`;
  }
}

const RULE_WORDS =
  /^(\s|\(|\)|AND|OR|NOT|TRUE|FALSE|(ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*("[^"]+"|[^\s()"]+)\s*\)|AT_LEAST\([^()]*(\([^()]*\))?[^()]*\))+$/;
const balanced = (text: string): boolean => {
  let open = 0;
  return [...text].every((char) => (open += char === "(" ? 1 : char === ")" ? -1 : 0) >= 0) && open === 0;
};

const ALARM: readonly Check[] = [
  inspect("", periodProblems),
  where(
    "DatapointsToAlarm",
    "must not exceed EvaluationPeriods",
    (points, { EvaluationPeriods }) => Number(points) <= Number(EvaluationPeriods),
  ),
  onlyOne("", ["MetricName", "Metrics"], true),
  onlyOne("", ["Statistic", "ExtendedStatistic", "Metrics"], true),
  onlyOne("", ["Threshold", "ThresholdMetricId"]),
  where(
    "MetricName",
    "must come with Namespace and Period",
    (_, { Namespace, Period }) => Namespace !== undefined && Period !== undefined,
  ),
  where(
    "Metrics",
    "must have exactly one metric or expression with ReturnData",
    (metrics) => (metrics as Props[]).filter(({ ReturnData }) => ReturnData !== false).length === 1,
  ),
  matches(
    "ExtendedStatistic",
    "must be a percentile or trimmed statistic such as p99.9",
    /^(p|tm|wm|tc|ts|pr|iqm)[\d.(:%)A-Z]*$/i,
  ),
];

const SELECTORS: readonly Check[] = [
  onlyOne("", ["EventSelectors", "AdvancedEventSelectors"]),
  where("AdvancedEventSelectors.*", "must have a field selector on eventCategory", (selector) =>
    (list((selector as Props)["FieldSelectors"]) as Props[]).some(({ Field }) => Field === "eventCategory"),
  ),
];

const TRAIL: readonly Check[] = [
  matches(
    "Name",
    "must have 3 to 128 letters, digits, periods, underscores and hyphens, none of them adjacent",
    /^(?=.{3,128}$)[A-Za-z0-9]+([._-][A-Za-z0-9]+)*$|^arn:/,
  ),
  where("", "must have CloudWatchLogsLogGroupArn and CloudWatchLogsRoleArn, or neither", (input) => {
    const { CloudWatchLogsLogGroupArn, CloudWatchLogsRoleArn } = input as Props;
    return !CloudWatchLogsLogGroupArn === !CloudWatchLogsRoleArn;
  }),
  where(
    "IsMultiRegionTrail",
    "needs IncludeGlobalServiceEvents",
    (multi, { IncludeGlobalServiceEvents }) => multi !== true || IncludeGlobalServiceEvents !== false,
  ),
];

export const cloudwatchRules: Rules = {
  PutMetricAlarm: ALARM,
  PutCompositeAlarm: [
    where(
      "AlarmRule",
      'must combine ALARM("name"), OK(…), INSUFFICIENT_DATA(…), TRUE and FALSE with AND, OR, NOT',
      (rule) => RULE_WORDS.test(String(rule)) && balanced(String(rule)),
    ),
  ],
  PutDashboard: [
    where("DashboardBody", "must be JSON with at most 500 widgets", (body) => {
      const parsed = parseJson(body);
      const widgets = isRecord(parsed) ? (parsed["widgets"] ?? []) : undefined;
      return (
        Array.isArray(widgets) &&
        widgets.length <= 500 &&
        widgets.every((widget) => isRecord(widget) && isRecord(widget["properties"]))
      );
    }),
    matches("DashboardName", "must have 1 to 255 letters, digits, hyphens and underscores", /^[\w-]{1,255}$/),
  ],
};

export const cloudtrailRules: Rules = { CreateTrail: TRAIL, UpdateTrail: TRAIL, PutEventSelectors: SELECTORS };

const amount = (path: string): Check => matches(path, "must be a number above 0", /^(?!0+(\.0+)?$)\d+(\.\d+)?$/);
const NOTIFICATION: readonly Check[] = [
  where("Subscribers", "must be 1 to 10 e-mail addresses and at most one SNS topic", (subscribers) => {
    const kinds = (subscribers as Props[]).map(({ SubscriptionType }) => SubscriptionType);
    return (
      kinds.length >= 1 &&
      kinds.filter((kind) => kind === "SNS").length <= 1 &&
      kinds.filter((kind) => kind === "EMAIL").length <= 10
    );
  }),
  where("Notification.Threshold", "must be above 0", (threshold) => Number(threshold) > 0),
];

export const budgetsRules: Rules = {
  CreateBudget: [
    amount("Budget.BudgetLimit.Amount"),
    matches("Budget.BudgetName", "must have 1 to 100 characters, without : and \\", /^[^:\\]{1,100}$/),
  ],
  UpdateBudget: [amount("NewBudget.BudgetLimit.Amount")],
  CreateNotification: NOTIFICATION,
};

export const configRules: Rules = {
  PutConfigRule: [
    where("ConfigRule.InputParameters", "must be JSON of texts", (parameters) => isRecord(parseJson(parameters))),
    where(
      "ConfigRule.Source.SourceIdentifier",
      "must be a managed rule's identifier",
      (identifier, { Owner }) => Owner !== "AWS" || /^[A-Z0-9_]+$/.test(String(identifier)),
    ),
  ],
};
