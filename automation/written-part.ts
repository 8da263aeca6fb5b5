import { readFile } from "node:fs/promises";
import { format, resolveConfig } from "prettier";

const END = "<!-- end of what is written -->";

/**
 * A Markdown page whose part between two comments a command writes; what a person wrote around it stays.
 *
 * @param command as a person types it; the first comment names it
 * @param part Markdown
 * @returns the page with that part, formatted as all pages are
 * @throws Error where the page lacks the comments
 */
export async function withWrittenPart(file: string, command: string, part: string): Promise<string> {
  const begin = `<!-- written by \`${command}\` -->`;
  const text = await readFile(file, "utf8");
  const [before, rest] = text.split(begin);
  const end = rest?.indexOf(END) ?? -1;
  if (before === undefined || rest === undefined || end === -1) {
    throw new Error(`${file} must hold the lines ${begin} and ${END}, between which the written part stands.`);
  }
  const page = [before, begin, "\n\n", part, "\n\n", rest.slice(end)].join("");
  return format(page, { ...(await resolveConfig(file)), parser: "markdown" });
}
