/** Tags. AWS page: "Best practices and strategies for tagging AWS resources" (Tag naming limits and requirements). */
import { asMap, isRecord, type Props, text } from "../mapping";
import { type Issue, shown, UNKNOWN } from "../validate";
import type { Problems } from "./check";

const MEMBERS = ["Tags", "tags", "TagSet", "TagsToAdd", "TagsList", "ResourceTags"];
const CHARACTERS = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
const COUNT = 50;

function* tagProblems(tags: Record<string, unknown>): Problems {
  const entries = Object.entries(tags);
  if (entries.length > COUNT) yield `must have at most ${COUNT} tags`;
  for (const [key, value] of entries) {
    const content = value === UNKNOWN ? "" : text(value);
    if (key.length < 1 || key.length > 128) yield `the key ${key} must have 1 to 128 characters`;
    if (content.length > 256) yield `the value of ${key} must have at most 256 characters`;
    if (/^aws:/i.test(key)) yield `the key ${key} must not begin with aws:`;
    if (!CHARACTERS.test(key) || !CHARACTERS.test(content))
      yield `${key} must hold letters, digits, spaces and _ . : / = + - @ only`;
  }
}

/** The tags at the top of the input, or in its one member that holds them. */
export function tagIssues(input: Props): Issue[] {
  const holders: [string, Props][] = [
    ["", input],
    ...Object.entries(input).filter((entry): entry is [string, Props] => entry[0] === "Tagging" && isRecord(entry[1])),
  ];
  return holders.flatMap(([at, holder]) =>
    MEMBERS.flatMap((member) => {
      const given = holder[member];
      const tags = Array.isArray(given) ? asMap(given) : isRecord(given) ? given : undefined;
      const path = at === "" ? member : `${at}.${member}`;
      return tags === undefined ? [] : [...tagProblems(tags)].map((rule) => ({ path, value: shown(tags), rule }));
    }),
  );
}
