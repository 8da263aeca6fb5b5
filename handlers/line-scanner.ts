/** Longest line that is looked at, in bytes (10 MiB). A real event is about 1 KB; what is longer is damage. */
export const MAX_LINE_BYTES = 10 * 1024 * 1024;

/** What a scan has seen so far. Bytes are those of the decompressed text. */
export interface ScanCounts {
  bytes: number;
  /** Lines that contain a needle and were handed out. */
  candidates: number;
  /** Lines over the limit: skipped up to their newline. */
  oversized: number;
}

/** Receives one candidate line (no newline) and the byte offset of its first byte. The buffer is valid for the call only. */
export type OnLine = (line: Buffer, offset: number) => void;

/** An incremental search for lines that contain a needle. */
export interface LineScanner {
  feed(chunk: Buffer): void;
  /** Handles the last line when the text does not end with a newline. */
  end(): void;
  counts(): ScanCounts;
}

/**
 * Finds, in newline-separated text that arrives in chunks, the lines that contain at least one of `needles`.
 *
 * Only `Buffer.indexOf` touches every byte, and lines without a needle are never decoded: a serialized Pulumi closure
 * runs each call of a captured function inside a `with` block, so one such call per line would cost more than the
 * download. Memory is bounded by `maxLineBytes` plus one chunk.
 */
export function createLineScanner(needles: string[], onLine: OnLine, maxLineBytes: number): LineScanner {
  const newline = 0x0a;
  const patterns = needles.map((needle) => Buffer.from(needle, "utf8"));
  const counts = { bytes: 0, candidates: 0, oversized: 0 };
  // The unfinished line, as a list: joining at every chunk would copy a long line once per chunk.
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  let skipping = false;

  const take = (line: Buffer, offset: number): void => {
    if (line.length > maxLineBytes) {
      counts.oversized += 1;
      return;
    }
    counts.candidates += 1;
    onLine(line, offset);
  };

  // `block` holds whole lines; the last one may lack its newline.
  const search = (block: Buffer, blockOffset: number): void => {
    const next = patterns.map((pattern) => block.indexOf(pattern));
    let from = 0;
    for (;;) {
      let hit = -1;
      for (let index = 0; index < patterns.length; index += 1) {
        let position = next[index] ?? -1;
        if (position !== -1 && position < from) {
          position = block.indexOf(patterns[index] ?? "", from);
          next[index] = position;
        }
        if (position !== -1 && (hit === -1 || position < hit)) hit = position;
      }
      if (hit === -1) return;
      const start = hit === 0 ? 0 : block.lastIndexOf(newline, hit - 1) + 1;
      const stop = block.indexOf(newline, hit);
      const end = stop === -1 ? block.length : stop;
      take(block.subarray(start, end), blockOffset + start);
      from = end + 1;
      if (from >= block.length) return;
    }
  };

  const keep = (rest: Buffer): void => {
    if (rest.length === 0) return;
    if (pendingBytes + rest.length > maxLineBytes) {
      counts.oversized += 1;
      pending = [];
      pendingBytes = 0;
      skipping = true;
      return;
    }
    // Copied, because the caller may reuse the memory of its chunk.
    pending.push(Buffer.from(rest));
    pendingBytes += rest.length;
  };

  return {
    feed(chunk: Buffer): void {
      let start = 0;
      const chunkOffset = counts.bytes;
      counts.bytes += chunk.length;
      if (skipping || pending.length > 0) {
        const first = chunk.indexOf(newline);
        if (first === -1) {
          if (!skipping) keep(chunk);
          return;
        }
        if (!skipping) {
          const offset = chunkOffset - pendingBytes;
          pending.push(chunk.subarray(0, first));
          search(Buffer.concat(pending), offset);
        }
        skipping = false;
        pending = [];
        pendingBytes = 0;
        start = first + 1;
      }
      const last = chunk.lastIndexOf(newline);
      if (last >= start) {
        search(chunk.subarray(start, last + 1), chunkOffset + start);
        start = last + 1;
      }
      keep(chunk.subarray(start));
    },
    end(): void {
      if (pending.length > 0) search(Buffer.concat(pending), counts.bytes - pendingBytes);
      pending = [];
      pendingBytes = 0;
    },
    counts: () => ({ ...counts }),
  };
}
