"use strict";
/** Integration tests: whole stacks on the local target. A hook that deploys takes minutes on a busy machine. */
module.exports = {
  "node-option": ["import=tsx"],
  timeout: 10 * 60_000,
  slow: 60_000,
};
