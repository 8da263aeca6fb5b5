import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";

const HANDLERS = path.join(__dirname, "..", "..", "..", "handlers");
const INHERITED = Object.getOwnPropertyNames(Object.prototype);

/** Names that a module's functions find outside of themselves: declarations at its top level, and imports. */
function moduleNames(source: string): string[] {
  const declared = source.matchAll(/^(?:export )?(?:async )?(?:function\*?|const|let|class) (\w+)/gm);
  const imported = source.matchAll(/^import (?:type )?\{([^}]*)\}/gm);
  return [
    ...[...declared].map(([, name = ""]) => name),
    ...[...imported].flatMap(([, names = ""]) => names.split(",").map((name) => name.trim().split(" ").at(-1) ?? "")),
  ];
}

describe("names in the handlers", () => {
  // A function that Pulumi serializes finds them through `with ({...})`, and there `valueOf` is the object's own.
  it("are none that every object inherits", () => {
    const files = readdirSync(HANDLERS, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
    expect(files.length).to.be.greaterThan(50);
    const found = files.flatMap((file) =>
      moduleNames(readFileSync(path.join(HANDLERS, file), "utf8"))
        .filter((name) => INHERITED.includes(name))
        .map((name) => `${file}: ${name}`),
    );
    expect(found).to.deep.equal([]);
  });
});
