import { CommandError } from "@pulumi/pulumi/automation";
import { messageOf, UserError } from "../errors";

/**
 * The outcome of an operation of the engine; its failure as what the engine's diagnostics say, without the hundreds of
 * lines of progress before them.
 *
 * @param what the operation, for the message, for example `The deployment of dev`
 */
export async function engineErrors<T>(what: string, operation: Promise<T>): Promise<T> {
  try {
    return await operation;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new UserError(
      `${what} failed.\n${diagnosticsOf(messageOf(error))}`,
      "Mend what the lines above name and run the command again: what was already created is kept in the stack's state.",
      { cause: error },
    );
  }
}

const KEPT_WITHOUT_DIAGNOSTICS = 2_000;

/** The `Diagnostics:` part of the engine's output, or its end where there is none. */
export function diagnosticsOf(output: string): string {
  const from = output.lastIndexOf("Diagnostics:\n");
  if (from === -1) {
    // Refused before anything ran, the engine's own `error:` lines say why; the command line around them says nothing.
    const refusals = new Set(output.split("\n").filter((line) => line.startsWith("error: ")));
    return refusals.size > 0 ? [...refusals].join("\n") : output.slice(-KEPT_WITHOUT_DIAGNOSTICS).trim();
  }
  const part = output.slice(from + "Diagnostics:\n".length);
  const lines = part.slice(0, part.search(/\n\s*(Outputs|Resources|Duration):/) >>> 0).split("\n");
  // A stack trace helps nobody who reads a message for people.
  return lines.filter((line) => !/^\s+at .+[:)]\d*/.test(line) && line.trim() !== "").join("\n");
}
