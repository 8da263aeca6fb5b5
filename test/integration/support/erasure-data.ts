import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import type { RawEvent } from "../../../automation/generate/event";
import { hourPrefix } from "../../../automation/ingest/landing-path";
import { END } from "./tiers";

export const USERS = 5_000;
export const DAYS = 120;
const DAY_MS = 86_400_000;
/** Days before `END` on which each of those to erase did something: hot, warm, archived. */
const BUSY_DAYS = [1, 2, 3, 15, 20, 45, 70, 95, 105, 110, 115, 120];
/** Days before `END` on which anybody did: each date costs every job some files. */
const ALL_DAYS = [1, 2, 3, ...Array.from({ length: DAYS / 5 }, (_, index) => 5 * (index + 1))];

/** A person of the drill. */
export interface Person {
  userId: string;
  anonymousId: string;
  email: string;
  name: string;
}

/** Texts that nothing else in the cloud holds by chance. */
function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function uuid(text: string): string {
  const hex = digest(text);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** The person of a number from 0. */
export function person(index: number): Person {
  const token = digest(`person ${String(index)}`).slice(0, 12);
  return {
    userId: `user-${token}`,
    anonymousId: uuid(`browser ${String(index)}`),
    email: `Person.${token}@Mail.example`,
    name: `Ann ${token.slice(0, 6)} O'Neil`,
  };
}

/** Those that the drill erases, and one whose data must be in all the same places and stay. */
export const ERASED = [7, 1_234, 4_321].map(person);
export const KEPT = person(42);

function event(who: Person, daysBefore: number, what: string, fields: Partial<RawEvent> = {}): RawEvent {
  const seconds = Number.parseInt(digest(what).slice(0, 6), 16) % 80_000;
  const at = new Date(END.getTime() - daysBefore * DAY_MS + seconds * 1000);
  return {
    event_id: uuid(what),
    event_type: "page_view",
    event_timestamp: at.toISOString(),
    user_id: who.userId,
    anonymous_id: who.anonymousId,
    page_url: `https://shop.example/p?of=${encodeURIComponent(who.email)}`,
    user: { email: who.email, name: who.name, signup_date: "2024-01-31", country: "DE", tier: "gold" },
    schema_version: "1",
    ...fields,
  };
}

/** Lines by the number of days before `END` on which they land. */
export type LandedDays = Map<number, Buffer[]>;

/** 10,000 good lines of 5,000 persons, and for some of them duplicates, dear orders and lines that break a rule. */
export function makeDays(): LandedDays {
  const days: LandedDays = new Map();
  const land = (day: number, line: string | Buffer): void => {
    days.set(day, [...(days.get(day) ?? []), Buffer.from(line)]);
  };
  for (let index = 0; index < USERS; index += 1) {
    for (const [visit, factor] of [7, 13].entries()) {
      const day = ALL_DAYS[(index * factor + visit) % ALL_DAYS.length] ?? 1;
      land(day, JSON.stringify(event(person(index), day, `visit ${String(index)} ${String(visit)}`)));
    }
  }
  for (const [number, who] of [...ERASED, KEPT].entries()) {
    for (const day of BUSY_DAYS) {
      const line = JSON.stringify(event(who, day, `busy ${String(number)} ${String(day)}`));
      land(day, line);
      // Sent twice, and once more a visit later.
      land(day, line);
      land(ALL_DAYS[Math.max(0, ALL_DAYS.indexOf(day) - 1)] ?? 1, line);
    }
    const order = { id: `order-${String(number)}`, amount: 1_500, currency: "USD" };
    const dear = { event_type: "purchase" as const, order, product: { id: "p-1", price: 1_500, quantity: 1 } };
    land(2, JSON.stringify(event(who, 2, `dear ${String(number)}`, dear)));
    for (const line of badLines(who, number)) land(3, line);
  }
  return days;
}

/** Lines that break a rule, each in another way: parsable, cut, and not even text. */
function badLines(who: Person, number: number): Buffer[] {
  const good = event(who, 3, `bad ${String(number)}`);
  const text = JSON.stringify(good);
  return [
    Buffer.from(JSON.stringify({ ...good, event_type: "teleport" })),
    Buffer.from(JSON.stringify({ ...good, user_id: undefined, event_id: "42" })),
    Buffer.from(text.slice(0, text.indexOf(who.email) + who.email.length + 5)),
    Buffer.concat([Buffer.from(text.slice(0, -1)), Buffer.from([0xff, 0xfe, 0x7d])]),
  ];
}

/** One object a day, gzip and plain in turn. */
export function objectsOf(days: LandedDays): { key: string; body: Buffer }[] {
  return [...days].map(([day, lines]) => {
    // After all its events: a file of events from after its hour would be held.
    const evening = new Date(END.getTime() - day * DAY_MS + 23 * 3_600_000);
    const text = Buffer.concat(lines.flatMap((line) => [line, Buffer.from("\n")]));
    return day % 2 === 0
      ? { key: `${hourPrefix(evening)}day-${String(day)}.json.gz`, body: gzipSync(text) }
      : { key: `${hourPrefix(evening)}day-${String(day)}.json`, body: text };
  });
}

/** A bus event of a purchase, as a dead-letter queue keeps one that nobody could handle. */
export function deadLetter(who: Person): string {
  const detail = { event_type: "purchase", user_id: who.userId, user: { email: who.email }, order: { amount: "dear" } };
  const id = uuid(`letter ${who.userId}`);
  return JSON.stringify({ id, source: "shop", "detail-type": "purchase", time: END.toISOString(), detail });
}
