import { readObject, type Packing } from "../object-reader";
import { createLineSampler } from "./line-sampler";

/** Lines judged of one object at most; 500 hold ten purchases or more of an ordinary file (one line in forty). */
export const MAX_SAMPLE_LINES = 500;
/** Text read of one object at most, in bytes: two objects as `cli ingest` writes them (32 MiB of text). */
export const MAX_SAMPLE_BYTES = 64 * 1024 * 1024;
/** Longest line that is judged, in bytes: the silver job quarantines longer ones (quality.py, MAX_LINE_BYTES). */
export const MAX_SAMPLE_LINE_BYTES = 1024 * 1024;

/** What was read of one object. */
export interface Sample {
  lines: Buffer[];
  /** Bytes of text read. */
  bytes: number;
  packing: Packing;
  /** The packing is none that the pipeline reads. */
  unsupported: boolean;
  /** Set where the compressed stream is cut or damaged. */
  damage?: string;
  /** Reading ended at a limit of its own, so the object has more. */
  partial: boolean;
  oversized: number;
}

/**
 * Reads an object, decompressed, as far as the limits allow, and samples its lines.
 * @param mayGoOn asked before each chunk; false ends the reading, as does `maxBytes`.
 */
export async function sampleObject(
  body: AsyncIterable<Uint8Array>,
  mayGoOn: () => boolean,
  maxBytes = MAX_SAMPLE_BYTES,
): Promise<Sample> {
  const sampler = createLineSampler(MAX_SAMPLE_LINES, MAX_SAMPLE_LINE_BYTES);
  let partial = false;
  const limited = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of body) {
      yield chunk;
      if (sampler.bytes() >= maxBytes || !mayGoOn()) {
        partial = true;
        return;
      }
    }
  };
  const { packing, unsupported, damage } = await readObject(
    limited(),
    (bytes) => sampler.feed(bytes),
    () => Promise.resolve(),
  );
  const lines = sampler.end(!partial && damage === undefined);
  return {
    lines,
    bytes: sampler.bytes(),
    packing,
    unsupported,
    // A stream that this function cut itself looks damaged too.
    ...(damage === undefined || partial ? {} : { damage }),
    partial,
    oversized: sampler.oversized(),
  };
}
