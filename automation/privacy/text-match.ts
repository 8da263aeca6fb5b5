/** Ids shorter than this are looked for as whole values only: "12" in the middle of a text may be anything. */
const MIN_IN_TEXT = 4;
/** What may stand beside an id without belonging to it. */
const BESIDE = "[\\p{L}\\p{N}_@-]";
const USER_KEY = /user_?id/i;
/** JSON within JSON: EventBridge and SNS each wrap once, a failed invocation once more. */
const MAX_DEPTH = 8;

/**
 * A test whether a message names a person: a value that is one of the texts, or a text that holds one as a word. JSON is
 * looked into, also where it is text within JSON. Case counts for nothing.
 */
export function namesOneOf(texts: readonly string[]): (message: string) => boolean {
  const wanted = texts.map((text) => text.toLowerCase());
  const words = texts
    .filter((text) => text.length >= MIN_IN_TEXT)
    .map((text) => new RegExp(`(?<!${BESIDE})${text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}(?!${BESIDE})`, "iu"));
  const inText = (text: string): boolean =>
    wanted.includes(text.trim().toLowerCase()) || words.some((word) => word.test(text));
  const within = (value: unknown, key: string, depth: number): boolean => {
    if (typeof value === "string") {
      const inner = depth < MAX_DEPTH ? structureOf(value) : undefined;
      return inner === undefined ? inText(value) : within(inner, key, depth + 1) || inText(value);
    }
    if (typeof value === "number") return USER_KEY.test(key) && wanted.includes(String(value));
    if (typeof value !== "object" || value === null) return false;
    return Object.entries(value).some(([name, inner]) => inText(name) || within(inner, name, depth + 1));
  };
  return (message) => within(message, "", 0);
}

/** The object or list that a text is in JSON; undefined for anything else. */
function structureOf(text: string): object | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
