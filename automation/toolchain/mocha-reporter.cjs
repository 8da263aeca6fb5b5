"use strict";
/**
 * Mocha's own `spec` reporter that also leaves the counts in the file named by CLICKSTREAM_MOCHA_STATS.
 */
const { writeFileSync } = require("node:fs");
const { reporters, Runner } = require("mocha");

class CountingSpec extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const file = process.env.CLICKSTREAM_MOCHA_STATS;
    if (file) runner.once(Runner.constants.EVENT_RUN_END, () => writeFileSync(file, JSON.stringify(this.stats)));
  }
}

module.exports = CountingSpec;
