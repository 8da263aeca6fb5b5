import { z } from "zod";

const percent = z.number().min(0, "is a percentage, 0 to 50").max(50, "is a percentage, 0 to 50");

/**
 * Knobs of the event generator. Percentages are of the clean events; each disturbed line is extra to them for
 * duplicates, and takes the place of a clean one for `corrupt` and `drift`.
 */
export const generateOptionsSchema = z.object({
  /** Clean events to make, before duplicates are added. @default 10000 */
  events: z.number().int("is a whole number").min(1, "is at least 1").max(100_000_000, "is at most 100,000,000"),
  /** Same seed and same `end`: the same lines. @default 42 */
  seed: z.number().int("is a whole number").nonnegative("is not negative"),
  /** Instant just after the newest event. @default the start of the current UTC hour */
  end: z.date(),
  /** Days of history before `end`, spread by a diurnal curve. @default 2 */
  days: z
    .number()
    .min(1 / 24, "is at least one hour")
    .max(400, "is at most 400 days"),
  /** Lines that the producer sent twice in a row (a retry after a lost answer). @default 1 */
  retriedPercent: percent,
  /** Lines that come again hours later in another object (a replayed buffer). @default 1 */
  replayedPercent: percent,
  /** Events that land up to three days after they happened. @default 1 */
  latePercent: percent,
  /** Lines that break one quality rule each. @default 1 */
  corruptPercent: percent,
  /** Events of a newer producer with fields the schema does not know yet. @default 2 */
  driftPercent: percent,
  /** Sessions of crawlers. @default 3 */
  botPercent: percent,
});

/** Parsed knobs; see {@link generateOptionsSchema}. */
export type GenerateOptions = z.infer<typeof generateOptionsSchema>;

/** Start of the UTC hour that `instant` lies in. */
export function startOfHour(instant: Date): Date {
  return new Date(Math.floor(instant.getTime() / 3_600_000) * 3_600_000);
}

/** Defaults of every knob; `end` is the start of the hour that `now` lies in. */
export function defaultGenerateOptions(now: Date = new Date()): GenerateOptions {
  return {
    events: 10_000,
    seed: 42,
    end: startOfHour(now),
    days: 2,
    retriedPercent: 1,
    replayedPercent: 1,
    latePercent: 1,
    corruptPercent: 1,
    driftPercent: 2,
    botPercent: 3,
  };
}
