/** Lines spread over a text that arrives in chunks, in memory bounded by the number of lines. */
export interface LineSampler {
  feed(chunk: Buffer): void;
  /**
   * The sample: first and last line are in it, blank lines are not.
   * @param whole false where the text goes on or is cut: a last line without newline is not all of it then.
   */
  end(whole: boolean): Buffer[];
  /** Bytes of text seen so far. */
  bytes(): number;
  /** Lines longer than the limit among those that were to be sampled. */
  oversized(): number;
}

/** Bytes kept for the last line; the newest event of a file usually is its last. */
const TAIL_BYTES = 64 * 1024;

/**
 * Takes every line until `maxLines` are held, then drops every other one and takes lines twice as far apart, again and
 * again. Between two samples only `Buffer.indexOf` touches the text, since a serialized Pulumi closure runs each call
 * of a captured function inside a `with` block.
 */
export function createLineSampler(maxLines: number, maxLineBytes: number): LineSampler {
  const newline = 0x0a;
  const isBlank = (line: Buffer): boolean => line.every((byte) => byte === 32 || byte === 9 || byte === 13);
  let lines: Buffer[] = [];
  let seen = 0;
  let oversized = 0;
  // Bytes between the starts of two sampled lines; 0 takes every line.
  let stride = 0;
  let nextAt = 0;
  // End of the line that was sampled last, its newline included.
  let takenUntil = 0;
  let tail: Buffer = Buffer.alloc(0);
  // Parts of the line that is being taken; undefined while the text up to the next line's start is passed over.
  let taking: Buffer[] | undefined = [];
  let takenBytes = 0;

  const keep = (line: Buffer): void => {
    if (line.length > maxLineBytes) oversized += 1;
    else if (!isBlank(line)) lines.push(line);
    if (lines.length > maxLines) {
      lines = lines.filter((_, index) => index % 2 === 0);
      stride = stride === 0 ? Math.ceil(seen / lines.length) : stride * 2;
    }
  };

  const take = (chunk: Buffer): void => {
    const start = seen;
    seen += chunk.length;
    let position = 0;
    while (position < chunk.length) {
      if (taking === undefined) {
        if (start + position < nextAt) position = Math.min(nextAt - start, chunk.length);
        const stop = position >= chunk.length ? -1 : chunk.indexOf(newline, position);
        if (stop === -1) return;
        position = stop + 1;
        taking = [];
        takenBytes = 0;
        continue;
      }
      const stop = chunk.indexOf(newline, position);
      const part = chunk.subarray(position, stop === -1 ? chunk.length : stop);
      takenBytes += part.length;
      // Copied, because the caller may reuse the memory of its chunk. A line over the limit is not collected further.
      if (takenBytes <= maxLineBytes) taking.push(Buffer.from(part));
      if (stop === -1) return;
      if (takenBytes > maxLineBytes) oversized += 1;
      else keep(Buffer.concat(taking));
      position = stop + 1;
      takenUntil = start + position;
      nextAt = start + position + stride;
      taking = stride === 0 ? [] : undefined;
      takenBytes = 0;
    }
  };

  return {
    feed(chunk: Buffer): void {
      take(chunk);
      tail = Buffer.concat([tail, chunk.subarray(-TAIL_BYTES)]).subarray(-TAIL_BYTES);
    },
    end(whole: boolean): Buffer[] {
      if (taking !== undefined) {
        if (!whole || takenBytes === 0) return lines;
        if (takenBytes > maxLineBytes) oversized += 1;
        else keep(Buffer.concat(taking));
        return lines;
      }
      const ended = whole && tail.at(-1) !== newline ? tail.length : tail.lastIndexOf(newline);
      const from = tail.subarray(0, Math.max(ended, 0)).lastIndexOf(newline) + 1;
      // Without a newline before it the tail's beginning is not the beginning of a line.
      if (from > 0 && seen - tail.length + from >= takenUntil) keep(Buffer.from(tail.subarray(from, ended)));
      return lines;
    },
    bytes: () => seen,
    oversized: () => oversized,
  };
}
