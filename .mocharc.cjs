"use strict";
/** Unit tests: Pulumi mocks, no network beyond loopback. `npx mocha` runs them all, `npx mocha FILE` that file alone. */
const named = process.argv.slice(2).some((argument) => argument.endsWith(".test.ts"));
module.exports = {
  "node-option": ["import=tsx"],
  ...(named ? {} : { spec: ["test/unit/**/*.test.ts"] }),
  timeout: 20_000,
};
