import { expect } from "chai";
import { diagnosticsOf } from "../../../automation/stack/engine-errors";

describe("diagnosticsOf", () => {
  it("keeps the diagnostics and drops progress, stack traces and the summary", () => {
    const output = [
      "code: 255",
      " +  aws:s3:Bucket a creating (0s)",
      "Diagnostics:",
      "  aws:s3:Bucket (a):",
      "    error: BucketAlreadyExists: the name is taken",
      "        at Object.create (provider.ts:1:2)",
      "",
      "Resources:",
      "    + 1 created",
    ].join("\n");
    expect(diagnosticsOf(output)).to.equal("  aws:s3:Bucket (a):\n    error: BucketAlreadyExists: the name is taken");
  });

  it("keeps diagnostics that nothing follows", () => {
    expect(diagnosticsOf("x\nDiagnostics:\n  error: no")).to.equal("  error: no");
  });

  it("keeps the engine's own refusal, once, where nothing ran", () => {
    const output =
      "code: -2\n stderr: Command failed: pulumi up --yes\nerror: no such key\n err?: x\nerror: no such key\n";
    expect(diagnosticsOf(output)).to.equal("error: no such key");
  });

  it("keeps the end of an output without diagnostics", () => {
    expect(diagnosticsOf(`${"x".repeat(5_000)} end`))
      .to.match(/^x+ end$/)
      .and.have.length(2_000);
  });
});
