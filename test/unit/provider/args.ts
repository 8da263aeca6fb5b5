import { readFileSync } from "node:fs";
import * as path from "node:path";

const ROOT = path.resolve(__dirname, "..", "..", "..", "node_modules", "@pulumi", "aws");

/** What `@pulumi/aws` says of the inputs of a resource, read from its declarations: doc text and optionality by name. */
export function argsOf(token: string): Map<string, { doc: string; optional: boolean }> {
  const [, module = "", name = ""] = token.split(":");
  const text = readFileSync(path.join(ROOT, `${module}.d.ts`), "utf8");
  const start = text.indexOf(`export interface ${name}Args {`);
  if (start < 0) throw new Error(`@pulumi/aws has no ${name}Args in ${module}`);
  const block = text.slice(start, text.indexOf("\n}", start));
  const members = block.matchAll(/(?:\/\*\*((?:(?!\*\/)[^])*)\*\/)?\s*\n {4}(\w+)(\??):/g);
  return new Map(
    [...members].map(([, doc = "", member = "", optional]) => [
      member,
      { doc: doc.replaceAll(/\s*\n\s*\*\s*/g, " "), optional: optional === "?" },
    ]),
  );
}
