import { writeSync } from "node:fs";
import { EphemeralStack, type EphemeralStackOptions } from "../../../automation/ephemeral-stack";
import { lastingLocalTarget } from "../../../automation/stack/target";

/**
 * A driver that goes through a stack's whole life and says on standard output what it is about, so that a test can kill it
 * in any phase: `driver.ts [CLOUD BACKEND]`. With a name of a local cloud it uses that one as it would use AWS: the cloud
 * outlives it, and the state is in the backend.
 */
const [cloud, backendUrl] = process.argv.slice(2);
/** Resources after which a phase counts as half done. */
const HALF_DONE = 20;

/** At once, also into a pipe. */
const say = (marker: string): void => void writeSync(1, `${marker}\n`);

async function options(): Promise<EphemeralStackOptions> {
  if (cloud === undefined || backendUrl === undefined) return {};
  const target = await lastingLocalTarget(cloud, { start: false });
  return { target: { ...target, name: "aws" }, backendUrl };
}

async function main(): Promise<void> {
  let done = 0;
  const stack = await EphemeralStack.create({
    ...(await options()),
    onEvent: (event) => {
      if (event.type === "phase" && event.status === "started") {
        done = 0;
        say(`${event.phase} ${event.stack}`);
      }
      if (event.type === "resource" && event.status === "finished" && ++done === HALF_DONE) {
        say(`half ${event.operation}`);
      }
    },
  });
  await stack.up();
  say("is up");
  for (let object = 0; object < 5; object += 1) {
    await stack.landGenerated({ events: 50, seed: object });
    say(`landed ${String(object)}`);
  }
  // Half a minute that a driver to be killed later can do without.
  if (process.env["SKIP_ETL"] !== "1") await stack.runEtl({ onProgress: (line) => say(`etl ${line}`) });
  await stack.destroy();
  say("ended");
}

void main();
