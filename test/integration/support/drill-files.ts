import { PutObjectCommand } from "@aws-sdk/client-s3";
import { gzipSync } from "node:zlib";
import { CORRUPTIONS } from "../../../automation/generate/corruption";
import type { RawEvent } from "../../../automation/generate/event";
import { EventGenerator } from "../../../automation/generate/generator";
import { defaultGenerateOptions } from "../../../automation/generate/options";
import { seededRandom } from "../../../automation/generate/random";
import { hourPrefix } from "../../../automation/ingest/landing-path";
import type { Deployed } from "./lake";

/** Clean events of the hour before `end`, oldest first. */
export function events(count: number, seed: number, end: Date): RawEvent[] {
  const clean = { corruptPercent: 0, driftPercent: 0, latePercent: 0, retriedPercent: 0, replayedPercent: 0 };
  const options = { ...defaultGenerateOptions(), ...clean, events: count, seed, end, days: 1 / 24 };
  const lines = [...new EventGenerator(options, Number.MAX_SAFE_INTEGER).lines()];
  const time = ({ event_timestamp }: RawEvent): number => Date.parse(event_timestamp);
  return lines.map(({ line }) => JSON.parse(String(line)) as RawEvent).sort((a, b) => time(a) - time(b));
}

/** The lines with some of them damaged, each in another way that silver quarantines for. */
export function damaged(lines: readonly RawEvent[], count: number): (object | string | Buffer)[] {
  const random = seededRandom(1);
  const kinds = CORRUPTIONS.filter(({ id }) => !["unknown_event_type", "not_utf8"].includes(id));
  let left = count;
  return lines.map((event) => {
    const at = left === 0 ? -1 : kinds.findIndex((one) => one.applies(event));
    const [kind] = at === -1 ? [] : kinds.splice(at, 1);
    if (kind === undefined) return event;
    left -= 1;
    return kind.corrupt(event, random);
  });
}

/** Lands one gzip object of JSON lines in an hour's prefix. @returns its key */
export async function land(at: Deployed, lines: readonly (object | string | Buffer)[], hour: Date): Promise<string> {
  const text = lines.map((line) => (typeof line === "string" || Buffer.isBuffer(line) ? line : JSON.stringify(line)));
  const Key = `${at.outputs.eventsPrefix}${hourPrefix(hour)}drill-${String(Date.now())}.json.gz`;
  const Body = gzipSync(Buffer.concat(text.flatMap((line) => [Buffer.from(line), Buffer.from("\n")])));
  await at.clients.s3.send(new PutObjectCommand({ Bucket: at.outputs.rawBucket, Key, Body }));
  return Key;
}
