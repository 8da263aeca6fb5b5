import { setTimeout as sleep } from "node:timers/promises";
import { GetObjectCommand, type GetObjectCommandInput, type S3Client } from "@aws-sdk/client-s3";

/** How often a body that breaks off is asked for again, and the pause before it, in milliseconds. */
const ATTEMPTS = 4;
const PAUSE_MS = 100;
/** Names that Node gives to a connection that ended within an answer. */
const BROKEN = ["ECONNRESET", "EPIPE", "ETIMEDOUT", "ERR_STREAM_PREMATURE_CLOSE"];

/**
 * Text (UTF-8) of a small object, "" for an empty one. A body that breaks off is asked for again: the SDK repeats a call
 * that fails, but it hands out the body before that has come.
 *
 * @throws what GetObject throws, such as NoSuchKey
 */
export async function objectText(s3: S3Client, place: GetObjectCommandInput): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    const { Body } = await s3.send(new GetObjectCommand(place));
    try {
      return (await Body?.transformToString()) ?? "";
    } catch (error) {
      if (attempt === ATTEMPTS || !BROKEN.includes((error as { code?: string }).code ?? "")) throw error;
      await sleep(PAUSE_MS * attempt);
    }
  }
}
