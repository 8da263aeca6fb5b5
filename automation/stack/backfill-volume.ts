import { paginateGetPartitions, type GlueClient } from "@aws-sdk/client-glue";
import { paginateListObjectsV2, type S3Client } from "@aws-sdk/client-s3";
import type { Assumed } from "../costs/assumptions";
import { datesOf, type DateRange } from "./date-range";
import type { StackOutputs } from "./outputs";

/** Layers that a backfill can begin with. */
export const LAYERS = ["silver", "gold", "warehouse"] as const;
/** A layer that is filled again. */
export type Layer = (typeof LAYERS)[number];

/** What there is to read of one date. */
export interface DateVolume {
  objects: number;
  /** As stored. */
  bytes: number;
  /** As JSON text, by the measured ratios of automation/costs/assumptions.ts. */
  jsonBytes: number;
}

interface Services {
  s3: S3Client;
  glue: GlueClient;
}

/** Lists at once, at most; each is one request for most dates. */
const LISTINGS = 16;

/** What the first step of a backfill reads, by date; dates without anything are left out. */
export async function volumesOf(
  services: Services,
  outputs: StackOutputs,
  layer: Layer,
  range: DateRange,
  assumed: Assumed,
): Promise<Map<string, DateVolume>> {
  const places = layer === "silver" ? rawPlaces(outputs, range) : await partitionsOf(services.glue, outputs, layer);
  const wanted = datesOf(range).flatMap((date) => {
    const place = places.get(date);
    return place === undefined ? [] : [{ date, place }];
  });
  const ratio = layer === "gold" ? assumed.silverRatio : assumed.factRatio;
  const toJson = (key: string, bytes: number): number => {
    if (layer !== "silver") return bytes / ratio;
    return key.endsWith(".gz") ? bytes / assumed.gzipRatio : bytes;
  };
  const found = new Map<string, DateVolume>();
  for (let first = 0; first < wanted.length; first += LISTINGS) {
    const batch = wanted.slice(first, first + LISTINGS);
    const volumes = await Promise.all(batch.map(({ place }) => volumeBelow(services.s3, place, toJson)));
    batch.forEach(({ date }, index) => {
      const volume = volumes[index];
      if (volume !== undefined && volume.objects > 0) found.set(date, volume);
    });
  }
  return found;
}

/** Sum of the dates of a range. */
export function volumeOf(volumes: ReadonlyMap<string, DateVolume>, range: DateRange): DateVolume {
  const sum = { objects: 0, bytes: 0, jsonBytes: 0 };
  for (const [date, { objects, bytes, jsonBytes }] of volumes) {
    if (date < range.from || date > range.to) continue;
    sum.objects += objects;
    sum.bytes += bytes;
    sum.jsonBytes += jsonBytes;
  }
  return sum;
}

function rawPlaces({ rawBucket, eventsPrefix }: StackOutputs, range: DateRange): Map<string, string> {
  return new Map(
    datesOf(range).map((date) => {
      const [year, month, day] = date.split("-");
      return [date, `s3://${rawBucket}/${eventsPrefix}year=${year ?? ""}/month=${month ?? ""}/day=${day ?? ""}/`];
    }),
  );
}

/** Folders of the published dates that the layer is made from, by date. */
async function partitionsOf(glue: GlueClient, outputs: StackOutputs, layer: Layer): Promise<Map<string, string>> {
  const table =
    layer === "gold"
      ? { DatabaseName: outputs.silverDatabase, TableName: "events" }
      : { DatabaseName: outputs.goldDatabase, TableName: "fact_clicks" };
  const found = new Map<string, string>();
  for await (const page of paginateGetPartitions({ client: glue }, { ...table, ExcludeColumnSchema: true })) {
    for (const { Values, StorageDescriptor } of page.Partitions ?? []) {
      const [date] = Values ?? [];
      const location = StorageDescriptor?.Location;
      if (date !== undefined && location !== undefined) found.set(date, `${location.replace(/\/$/, "")}/`);
    }
  }
  return found;
}

async function volumeBelow(
  s3: S3Client,
  place: string,
  toJson: (key: string, bytes: number) => number,
): Promise<DateVolume> {
  const { host: Bucket, pathname } = new URL(place);
  const Prefix = decodeURIComponent(pathname.slice(1));
  const sum = { objects: 0, bytes: 0, jsonBytes: 0 };
  for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket, Prefix })) {
    for (const { Key = "", Size = 0 } of page.Contents ?? []) {
      if (Size === 0) continue;
      sum.objects += 1;
      sum.bytes += Size;
      sum.jsonBytes += toJson(Key, Size);
    }
  }
  return sum;
}
