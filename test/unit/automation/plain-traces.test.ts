import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { withoutSourceMaps } from "../../../automation/stack/plain-traces";

describe("stack traces without source maps", () => {
  it("are for the time of the work alone, whether or not it fails", async () => {
    const before = process.sourceMapsEnabled;
    expect(await withoutSourceMaps(() => Promise.resolve(process.sourceMapsEnabled))).to.equal(false);
    expect(process.sourceMapsEnabled).to.equal(before);
    await withoutSourceMaps(() => Promise.reject(new Error("x"))).catch(() => undefined);
    expect(process.sourceMapsEnabled).to.equal(before);
  });

  it("last until the last of several works ends, and no longer", async () => {
    const before = process.sourceMapsEnabled;
    const short = withoutSourceMaps(() => sleep(5));
    const long = withoutSourceMaps(async () => {
      await short;
      return process.sourceMapsEnabled;
    });
    expect(await long).to.equal(false);
    expect(process.sourceMapsEnabled).to.equal(before);
  });
});
