import type { CompleteWarehouse } from "./settings";

/** Hours of a month, as AWS rounds them in its examples. */
const HOURS_A_MONTH = 730;

/** US dollars a node and hour in us-east-1 (Redshift pricing page, 2026-11); a reservation is for one year, nothing upfront. */
export const NODE_PRICES: Readonly<Record<string, { onDemand: number; reserved?: number }>> = {
  "ra3.large": { onDemand: 0.543 },
  "ra3.xlplus": { onDemand: 1.086, reserved: 0.7602 },
  "ra3.4xlarge": { onDemand: 3.26 },
};

/**
 * Which reservation fits, in one sentence for the stack's outputs. Nothing is bought by a deployment: a reservation binds
 * for years, and is a person's decision.
 */
export function reservationAdvice({ mode, nodeType, nodes, pauseSchedule, idleMinutes }: CompleteWarehouse): string {
  if (mode === "none") return "No warehouse: nothing to reserve.";
  if (mode === "serverless") return "Serverless is paid by use: nothing to reserve.";
  const what = `${nodes} × ${nodeType}`;
  const price = NODE_PRICES[nodeType];
  if (pauseSchedule !== undefined || idleMinutes !== undefined) {
    return `${what} sleeps part of the time: a reservation is paid awake and asleep, so none fits.`;
  }
  if (price?.reserved === undefined) {
    return `${what} runs day and night: compare the reservations on the Redshift pricing page (seed: up to 75 % saved).`;
  }
  const monthly = (hourly: number): string => `$${Math.round(hourly * nodes * HOURS_A_MONTH).toLocaleString("en-US")}`;
  const saved = Math.round((1 - price.reserved / price.onDemand) * 100);
  return (
    `${what} runs day and night: reserve ${nodes} nodes for a year with nothing upfront, ${monthly(price.reserved)} ` +
    `instead of ${monthly(price.onDemand)} a month (${saved} % saved); three years all upfront save most (seed: 75 %).`
  );
}
