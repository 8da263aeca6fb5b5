// @ts-check
/** What a person is told when something is missing: what, why, and how to get it. Never a stack trace. */

/** A prerequisite that the bootstrap cannot install by itself. */
export class MissingPrerequisite extends Error {
  /**
   * @param {string} what the missing thing, with the version that is needed and what was found instead
   * @param {string} why what it is needed for
   * @param {string} how the next action
   */
  constructor(what, why, how) {
    super(`${what} is missing`);
    this.name = "MissingPrerequisite";
    this.what = what;
    this.why = why;
    this.how = how;
  }
}

/**
 * @param {unknown} error
 * @returns {string} text for the terminal, without a trailing newline
 */
export function formatFailure(error) {
  if (error instanceof MissingPrerequisite) {
    return [`Missing: ${error.what}`, `  why: ${indent(error.why)}`, `  fix: ${indent(error.how)}`].join("\n");
  }
  return `Failed: ${error instanceof Error ? error.message : String(error)}`;
}

/** @param {string} text */
function indent(text) {
  return text.split("\n").join("\n       ");
}

/**
 * The end of a tool's output, where the reason of a failure stands.
 * @param {string} text
 * @param {number} [count] lines kept
 */
export function lastLines(text, count = 15) {
  return text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .slice(-count)
    .join("\n");
}
