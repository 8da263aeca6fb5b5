/*
 * When a difference is a drift. One bad line is normal, and so are two: silver quarantines them. What counts is the
 * share of the sampled lines to which the difference applies.
 */

/** Fewest lines that show a drift; a file with fewer lines is never judged by them. */
export const MIN_LINES = 3;
/** Sample under which a share means little. */
export const SMALL_SAMPLE = 20;
/**
 * Share of a breaking drift: four times the 5 % of bad lines that the quality gate lets pass (seed, "Data quality score
 * < 95 %"), so that damage of the usual kinds, a percent of the lines in a dozen forms, never holds an hour.
 */
export const BREAKING_SHARE = 0.2;
/** Share of an additive drift: one producer in twenty has the new field. */
export const ADDITIVE_SHARE = 0.05;
/** Lines of a new event type: rarer than a field, each type being a few percent of the traffic. */
export const MIN_EVENT_TYPE_LINES = 5;
/** Share of a new event type. */
export const EVENT_TYPE_SHARE = 0.05;
/** Share of a file whose times are far outside the hour of its key: the file lies in the wrong folder as a whole. */
export const WRONG_PREFIX_SHARE = 0.5;
/** Least overlap of "the one is missing" and "the other is there" in a rename. */
export const RENAME_OVERLAP = 0.9;
/** How far after its hour an event may lie, in milliseconds: clocks run ahead, and files are cut a little late. */
export const AHEAD_TOLERANCE_MS = 60 * 60_000;
/** How long before its hour an event may lie, in milliseconds: phones send what they kept for days. */
export const BEHIND_TOLERANCE_MS = 7 * 24 * 60 * 60_000;
/** Drifts that one object may open; a producer that uses ids as field names would open thousands. */
export const MAX_DRIFTS_PER_OBJECT = 20;

/** Breaking: a fifth of the lines concerned, or all of them where they are few. */
export function isBreakingShare(count: number, of: number): boolean {
  return count >= MIN_LINES && (of < SMALL_SAMPLE ? count === of : count >= BREAKING_SHARE * of);
}

/** Additive: one in twenty of the lines concerned. */
export function isAdditiveShare(count: number, of: number): boolean {
  return count >= MIN_LINES && count >= ADDITIVE_SHARE * of;
}

/** A rename: two facts that hold together in the same lines, so few lines prove it in a small file too. */
export function isRenameShare(count: number, of: number): boolean {
  return count >= MIN_LINES && count >= BREAKING_SHARE * of;
}

/** A new event type. */
export function isEventTypeShare(count: number, of: number): boolean {
  return count >= MIN_EVENT_TYPE_LINES && count >= EVENT_TYPE_SHARE * of;
}

/** Times far outside the hour. */
export function isWrongPrefixShare(count: number, of: number): boolean {
  return count >= MIN_LINES && count >= WRONG_PREFIX_SHARE * of;
}
