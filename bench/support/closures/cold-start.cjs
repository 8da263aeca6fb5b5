"use strict";
/**
 * A cold start as Lambda's Node does it: load the module, call its handler, call it again. Prints one JSON line.
 * `node cold-start.cjs FILE EXPORT`
 */
const { performance } = require("node:perf_hooks");

const started = performance.now();
const [, , file, name] = process.argv;
const since = () => performance.now() - started;

const handler = require(file)[name];
const loaded = since();
const context = { getRemainingTimeInMillis: () => 30_000, awsRequestId: "bench" };

/** A handler that refuses an event that is not its own has run all the same. */
async function call() {
  const from = performance.now();
  let outcome = "ok";
  try {
    await handler({ Records: [] }, context);
  } catch (error) {
    outcome = error.name;
  }
  return { milliseconds: performance.now() - from, outcome };
}

async function main() {
  const first = await call();
  const second = await call();
  const { rss } = process.memoryUsage();
  process.stdout.write(
    `${JSON.stringify({
      load: loaded,
      first: first.milliseconds,
      second: second.milliseconds,
      outcome: first.outcome,
      rss,
    })}\n`,
  );
  process.exit(0);
}

void main();
