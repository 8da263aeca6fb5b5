import { cleanText, type Decision, type Purchase, type PurchasedProduct } from "./purchase";

/** Where a purchase was seen. `offset` counts the bytes of the decompressed text. */
export type AlertSource =
  | { type: "s3"; bucket: string; key: string; versionId?: string; offset: number }
  | { type: "bus"; source: string; id: string };

/** The message that the topic carries. Fields are only ever added; a change of meaning raises `version`. */
export interface PurchaseAlert {
  version: 1;
  kind: "purchase-alert";
  severity: "warning";
  team: string;
  environment: string;
  orderId: string;
  amount: number;
  currency: string;
  /** False: there is no rate for `currency`, and `amountUsd` is `amount` 1:1. */
  currencyKnown: boolean;
  amountUsd: number;
  thresholdUsd: number;
  userId: string;
  eventId?: string;
  /** The producer's time, ISO 8601; absent when the event has none that is a date. */
  occurredAt?: string;
  /** When the alert was raised, ISO 8601 in UTC. */
  detectedAt: string;
  product?: PurchasedProduct;
  country?: string;
  source: AlertSource;
  link: string;
}

/** What an alert takes from the deployment. */
export interface AlertContext {
  team: string;
  environment: string;
  thresholdUsd: number;
  region: string;
  table: string;
  /** The team's own page; `{orderId}` in it is replaced. Without it the link leads to the AWS console. */
  dashboardUrl?: string;
}

/** Host of the AWS console in the region's partition. */
export function consoleHost(region: string): string {
  if (region.startsWith("cn-")) return `${region}.console.amazonaws.cn`;
  if (region.startsWith("us-gov-")) return `${region}.console.amazonaws-us-gov.com`;
  return `${region}.console.aws.amazon.com`;
}

/** The page that shows more: the dashboard, else the S3 object, else the order's row in the alert table. */
export function alertLink(context: AlertContext, orderId: string, source: AlertSource): string {
  if (context.dashboardUrl !== undefined) {
    return context.dashboardUrl.replaceAll("{orderId}", encodeURIComponent(orderId));
  }
  const host = consoleHost(context.region);
  if (source.type === "s3") {
    return `https://${host}/s3/object/${source.bucket}?region=${context.region}&prefix=${encodeURIComponent(source.key)}`;
  }
  const item = `itemMode=2&pk=${encodeURIComponent(orderId)}&table=${encodeURIComponent(context.table)}`;
  return `https://${host}/dynamodbv2/home?region=${context.region}#edit-item?${item}`;
}

/** Puts the alert together. `now` is the time of detection. */
export function buildAlert(
  purchase: Purchase,
  decision: Decision,
  source: AlertSource,
  context: AlertContext,
  now: Date,
): PurchaseAlert {
  return {
    version: 1,
    kind: "purchase-alert",
    severity: "warning",
    team: context.team,
    environment: context.environment,
    orderId: purchase.orderId,
    amount: purchase.amount,
    currency: purchase.currency,
    currencyKnown: decision.currencyKnown,
    amountUsd: decision.amountUsd,
    thresholdUsd: context.thresholdUsd,
    userId: purchase.userId,
    ...(purchase.eventId === undefined ? {} : { eventId: purchase.eventId }),
    ...(purchase.occurredAt === undefined ? {} : { occurredAt: purchase.occurredAt }),
    detectedAt: now.toISOString(),
    ...(purchase.product === undefined ? {} : { product: purchase.product }),
    ...(purchase.country === undefined ? {} : { country: purchase.country }),
    source,
    link: alertLink(context, purchase.orderId, source),
  };
}

/** Reads a topic message back; undefined when it is no alert of a version known here. */
export function parseAlert(message: string): PurchaseAlert | undefined {
  let value: unknown;
  try {
    value = JSON.parse(message);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const alert = value as Partial<PurchaseAlert>;
  const known =
    alert.version === 1 &&
    alert.kind === "purchase-alert" &&
    typeof alert.orderId === "string" &&
    typeof alert.amount === "number" &&
    typeof alert.amountUsd === "number" &&
    typeof alert.currency === "string" &&
    typeof alert.link === "string";
  return known ? (alert as PurchaseAlert) : undefined;
}

/** Money for people: `$1,250.00`, or `1,250.00 XYZ` for a code that is not of three letters. */
export function formatMoney(amount: number, currency: string): string {
  if (/^[A-Z]{3}$/.test(currency)) {
    return new Intl.NumberFormat("en-US", { style: "currency", currency }).format(amount);
  }
  const digits = new Intl.NumberFormat("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(amount);
  return `${digits} ${currency}`;
}

/** How much, in one phrase: the order's own currency first, then US dollars when they differ. */
export function describeAmount(alert: PurchaseAlert): string {
  const own = formatMoney(alert.amount, alert.currency);
  if (!alert.currencyKnown) return `${own} (no rate for ${alert.currency}: compared 1:1 with US dollars)`;
  return alert.currency === "USD" ? own : `${own} (${formatMoney(alert.amountUsd, "USD")})`;
}

/** What was bought, in one phrase. */
export function describeProduct(product: PurchasedProduct | undefined): string {
  if (product === undefined) return "not stated";
  const words = [product.brand, product.category].filter((word) => word !== undefined).join(" ");
  const name = words === "" ? (product.id ?? "item") : product.id === undefined ? words : `${words} (${product.id})`;
  return product.quantity === undefined || product.quantity === 1 ? name : `${product.quantity} × ${name}`;
}

/** The alert as plain text, for e-mail. */
export function alertText(alert: PurchaseAlert): string {
  return [
    `Purchase of ${describeAmount(alert)} in ${alert.environment}`,
    "",
    `Who:   user ${alert.userId}`,
    `What:  ${describeProduct(alert.product)}, order ${alert.orderId}`,
    `When:  ${alert.occurredAt ?? "not stated"} (seen ${alert.detectedAt})`,
    `Why:   at or above the threshold of ${formatMoney(alert.thresholdUsd, "USD")}`,
    `Where: ${alert.link}`,
  ].join("\n");
}

/** An SNS subject: printable ASCII, one line, under 100 characters, beginning with a letter. */
export function alertSubject(alert: PurchaseAlert): string {
  const text = `Purchase alert: ${formatMoney(alert.amountUsd, "USD")}, order ${cleanText(alert.orderId) ?? ""}`;
  return text.replace(/[^\x20-\x7e]/g, "?").slice(0, 99);
}
