"use strict";
/** Unit tests: Pulumi mocks, no network beyond loopback. `npx mocha` runs them. */
module.exports = {
  "node-option": ["import=tsx"],
  spec: ["test/unit/**/*.test.ts"],
  timeout: 20_000,
};
