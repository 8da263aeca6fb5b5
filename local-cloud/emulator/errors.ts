/** The local cloud did not start, answer or stop. The message says what was seen and what to do next. */
export class LocalCloudError extends Error {
  override readonly name = "LocalCloudError";
}
