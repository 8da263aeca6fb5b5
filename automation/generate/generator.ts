import { CORRUPTIONS, drifted } from "./corruption";
import type { LandedLine, RawEvent } from "./event";
import type { GenerateOptions } from "./options";
import { makePopulation } from "./population";
import { seededRandom, type Random } from "./random";
import { botSession, sessionStart, shopperSession, type TimedEvent } from "./sessions";

const LATEST_ARRIVAL_MS = 3 * 24 * 3_600_000;
const HOUR_MS = 3_600_000;

/** What the pipeline must find in the lines, counted while they are made and never read back from it. */
export interface ExpectedCounts {
  /** Lines in all. */
  read: number;
  accepted: number;
  quarantined: number;
  /** retried + replayed. */
  duplicates: number;
  retried: number;
  replayed: number;
  late: number;
  drifted: number;
  bots: number;
  /** Lines by kind of damage. */
  corrupt: Record<string, number>;
  /** Distinct signed-in users among the accepted events. */
  users: number;
  purchases: number;
  /** USD cents, whole: sums of doubles drift. */
  revenueCents: number;
  /** Distinct orders at or over the threshold. */
  alerts: number;
  newestEvent: Date | undefined;
}

/** Seeded, streaming source of raw lines with their landing times, and the counts they must lead to. */
export class EventGenerator {
  readonly expected: ExpectedCounts = {
    read: 0,
    accepted: 0,
    quarantined: 0,
    duplicates: 0,
    retried: 0,
    replayed: 0,
    late: 0,
    drifted: 0,
    bots: 0,
    corrupt: {},
    users: 0,
    purchases: 0,
    revenueCents: 0,
    alerts: 0,
    newestEvent: undefined,
  };

  private readonly users = new Set<string>();
  private readonly random: Random;

  /** @param alertThresholdUsd orders of this many USD or more count as alerts. */
  constructor(
    private readonly options: GenerateOptions,
    private readonly alertThresholdUsd: number,
  ) {
    this.random = seededRandom(options.seed);
  }

  /** The lines, in no order of landing. `expected` is complete once this is exhausted. */
  *lines(): Generator<LandedLine> {
    for (const { at, event } of this.cleanEvents()) {
      if (this.random.chance(this.options.corruptPercent / 100) && this.mayCorrupt(event)) {
        yield this.corruptLine(at, event);
      } else {
        yield* this.goodLines(at, event);
      }
    }
  }

  private *cleanEvents(): Generator<TimedEvent> {
    const { random, options } = this;
    const population = makePopulation(random, options.events, options.seed, options.end);
    const from = new Date(options.end.getTime() - options.days * 24 * HOUR_MS);
    for (let made = 0; made < options.events;) {
      const bot = random.chance(options.botPercent / 100);
      const start = sessionStart(random, from, options.end);
      const session = (bot ? botSession : shopperSession)(random, population, start, options.end);
      for (const timed of session) {
        if (made >= options.events) return;
        made += 1;
        if (bot) this.expected.bots += 1;
        yield timed;
      }
    }
  }

  // A damaged line of a dear order would still be alerted on (an alert needs no e-mail), which would make the
  // expected number of alerts depend on the kind of damage.
  private mayCorrupt(event: RawEvent): boolean {
    return (event.order?.amount ?? 0) < this.alertThresholdUsd;
  }

  private corruptLine(at: Date, event: RawEvent): LandedLine {
    const kind = this.random.pick(CORRUPTIONS.filter((corruption) => corruption.applies(event)));
    this.expected.read += 1;
    this.expected.quarantined += 1;
    this.expected.corrupt[kind.id] = (this.expected.corrupt[kind.id] ?? 0) + 1;
    return { line: kind.corrupt(event, this.random), landedAt: at };
  }

  private *goodLines(at: Date, event: RawEvent): Generator<LandedLine> {
    const { random, options, expected } = this;
    this.countAccepted(at, event);
    const drift = random.chance(options.driftPercent / 100);
    if (drift) expected.drifted += 1;
    const line = JSON.stringify(drift ? drifted(event, random) : event);
    const late = random.chance(options.latePercent / 100);
    if (late) expected.late += 1;
    const landedAt = late ? this.laterThan(at, LATEST_ARRIVAL_MS) : at;
    yield { line, landedAt };
    if (random.chance(options.retriedPercent / 100)) {
      expected.retried += 1;
      yield this.duplicate(line, landedAt);
    }
    if (random.chance(options.replayedPercent / 100)) {
      expected.replayed += 1;
      yield this.duplicate(line, this.laterThan(landedAt, 6 * HOUR_MS));
    }
  }

  private duplicate(line: string, landedAt: Date): LandedLine {
    this.expected.read += 1;
    this.expected.duplicates += 1;
    return { line, landedAt };
  }

  // Nothing lands after `end`: the newest landing prefix stays in the past.
  private laterThan(at: Date, atMostMs: number): Date {
    const landed = at.getTime() + HOUR_MS + Math.floor(this.random.unit() * (atMostMs - HOUR_MS));
    return new Date(Math.max(at.getTime(), Math.min(landed, this.options.end.getTime() - 1)));
  }

  private countAccepted(at: Date, event: RawEvent): void {
    const { expected } = this;
    expected.read += 1;
    expected.accepted += 1;
    if (expected.newestEvent === undefined || at > expected.newestEvent) expected.newestEvent = at;
    if (event.user_id !== undefined) {
      this.users.add(event.user_id);
      expected.users = this.users.size;
    }
    if (event.order === undefined) return;
    expected.purchases += 1;
    expected.revenueCents += Math.round(event.order.amount * 100);
    if (event.order.amount >= this.alertThresholdUsd) expected.alerts += 1;
  }
}
