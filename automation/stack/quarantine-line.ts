import { maskedExample, maskedValue } from "../../handlers/landing/mask";

/** A line of quarantine as Athena gives it: long ones are cut. */
export interface QuarantinedLine {
  /** The first `MAX_SHOWN_CHARACTERS` of it. */
  text: string;
  encoding: "utf-8" | "base64";
  /** Characters of the whole line. */
  length: number;
}

/** Characters of a line that are fetched: an event is one to three KB, and a line may be a megabyte. */
export const MAX_SHOWN_CHARACTERS = 20_000;

/** What a line is, without what it says. */
export function maskedLine({ text, encoding, length }: QuarantinedLine): string {
  if (encoding === "base64") return `bytes that are not UTF-8, ${String(length)} characters of base64`;
  const object = text.length < length ? undefined : parseObject(text);
  return object === undefined
    ? `no JSON object, ${maskedValue(text).replace(/\d+/, String(length))}`
    : maskedExample(object);
}

/** The line itself, with control characters written out: a terminal would obey them. */
export function revealedLine({ text, length }: QuarantinedLine): string {
  // eslint-disable-next-line no-control-regex
  const shown = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
  return text.length < length ? `${shown}… (${String(length)} characters)` : shown;
}

/** An id as it is where it looks like one; a producer may have put an address into the field. */
export function maskedId(id: string): string {
  return /^[0-9a-fA-F-]{8,36}$/.test(id) ? id : maskedValue(id);
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const parsed: unknown = JSON.parse(text.replace(/^\uFEFF/, ""));
    return typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)
      ? (parsed as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
