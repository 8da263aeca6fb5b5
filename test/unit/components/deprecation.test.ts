import { expect } from "chai";
import { readdirSync } from "node:fs";
import * as path from "node:path";
import ts from "typescript";

const ROOT = path.resolve(__dirname, "..", "..", "..");

/** Every name in the sources whose declaration in a provider's package is marked `@deprecated`, by file and line. */
function deprecatedUses(files: string[]): string[] {
  const config = ts.readConfigFile(path.join(ROOT, "tsconfig.json"), (file) => ts.sys.readFile(file));
  const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, ROOT);
  const program = ts.createProgram(files, options);
  const checker = program.getTypeChecker();
  const found: string[] = [];
  for (const source of program.getSourceFiles().filter((file) => files.includes(file.fileName))) {
    const report = (node: ts.Node, symbol: ts.Symbol | undefined): void => {
      if (symbol === undefined || symbol.getJsDocTags(checker).every((tag) => tag.name !== "deprecated")) return;
      const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
      found.push(`${path.relative(ROOT, source.fileName)}:${line + 1} ${symbol.name}`);
    };
    const visit = (node: ts.Node): void => {
      if (ts.isPropertyAccessExpression(node)) report(node, checker.getSymbolAtLocation(node.name));
      // The package exports its classes through constants, which carry no tags: the made type does.
      if (ts.isNewExpression(node)) report(node, checker.getTypeAtLocation(node).getSymbol());
      // A key of an object literal is checked against the type that the call expects there.
      if (ts.isObjectLiteralExpression(node)) {
        const expected = checker.getContextualType(node)?.getNonNullableType();
        for (const { name } of node.properties) {
          if (name !== undefined) report(name, expected?.getProperty(name.getText(source)));
        }
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  return found;
}

describe("the provider's deprecations", function () {
  // Type-checks the components with the provider's types: the largest there are.
  this.timeout(120_000);

  it("are not used by any component, and would be found", () => {
    const components = readdirSync(path.join(ROOT, "components")).map((file) => path.join(ROOT, "components", file));
    const sample = path.join(__dirname, "deprecated-sample.ts");
    const uses = deprecatedUses([...components, sample]);
    expect(uses.filter((use) => use.startsWith("components"))).to.deep.equal([]);
    expect(uses.map((use) => use.split(" ")[1])).to.deep.equal(["BucketV2", "acl", "name"]);
  });
});
