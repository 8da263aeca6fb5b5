import { createGunzip } from "node:zlib";

/** How the content of an object is packed, told by its first bytes: producers give wrong suffixes and types. */
export type Packing = "plain" | "gzip" | "zip" | "zstd" | "bzip2";

/** Names the packing by the magic bytes of the format. */
export function detectPacking(head: Buffer): Packing {
  const magic = head.subarray(0, 4).toString("hex");
  if (magic.startsWith("1f8b")) return "gzip";
  if (magic === "504b0304") return "zip";
  if (magic === "28b52ffd") return "zstd";
  if (magic.startsWith("425a68")) return "bzip2";
  return "plain";
}

/** How the reading of one object ended. */
export interface ReadOutcome {
  packing: Packing;
  /** Set when the compressed stream is cut or damaged; everything before the damage has been delivered. */
  damage?: string;
  /** True when the packing is one that the pipeline does not read: nothing was delivered. */
  unsupported: boolean;
}

/** Receives decompressed bytes; must take them synchronously. */
export type OnBytes = (bytes: Buffer) => void;

/**
 * Streams an object's bytes, decompressing gzip (also several members in a row), in constant memory.
 *
 * `afterChunk` is awaited after each source chunk: what the caller collected is dealt with before more is read.
 * A cut or damaged gzip stream ends the reading and is reported, not thrown: reading it again would never help, while
 * the lines before the damage count. An error of the source itself (network) is thrown, since a retry does help.
 */
export async function readObject(
  source: AsyncIterable<Uint8Array>,
  onBytes: OnBytes,
  afterChunk: () => Promise<void>,
): Promise<ReadOutcome> {
  const maxHead = 4;
  let head: Buffer = Buffer.alloc(0);
  let packing: Packing | undefined;
  let damage: string | undefined;
  const gunzip = createGunzip();
  gunzip.on("data", onBytes);
  gunzip.on("error", (error: Error & { code?: string }) => {
    damage = `${error.code ?? "zlib"}: ${error.message}`;
  });
  const inflate = (bytes: Buffer): Promise<void> =>
    new Promise((resolve) => {
      gunzip.once("close", resolve);
      gunzip.write(bytes, () => {
        gunzip.off("close", resolve);
        resolve();
      });
    });
  const deliver = async (bytes: Buffer): Promise<void> => {
    if (packing === "gzip") await inflate(bytes);
    else if (packing === "plain") onBytes(bytes);
    await afterChunk();
  };

  try {
    for await (const chunk of source) {
      let bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      if (packing === undefined) {
        bytes = head.length === 0 ? bytes : Buffer.concat([head, bytes]);
        head = bytes;
        if (head.length < maxHead) continue;
        packing = detectPacking(head);
        if (packing !== "gzip" && packing !== "plain") return { packing, unsupported: true };
      }
      await deliver(bytes);
      if (damage !== undefined) return { packing, unsupported: false, damage };
    }
    if (packing === undefined) {
      packing = detectPacking(head);
      await deliver(head);
    }
    if (packing === "gzip" && damage === undefined) {
      // end() only now: given together with the last bytes, zlib drops their output when the stream is cut.
      await new Promise<void>((resolve) => {
        gunzip.once("close", resolve);
        gunzip.once("end", resolve);
        gunzip.end();
      });
      await afterChunk();
    }
    return damage === undefined ? { packing, unsupported: false } : { packing, unsupported: false, damage };
  } finally {
    gunzip.destroy();
  }
}
