import { randomBytes } from "node:crypto";
import type { StackEvent } from "../../../automation/driver/events";
import { EphemeralStack } from "../../../automation/ephemeral-stack";
import type { Deployment } from "../../../automation/stack/pipeline-stack";
import type { Deployed } from "./lake";

/** A stack without a warehouse, as it was when it had just been brought up. */
export interface Shared extends Deployed {
  stack: EphemeralStack;
  first: Deployment;
  /** Everything that the engine and the driver have said so far. */
  said: (string | StackEvent)[];
}

/** A secret of the stack's config, which nobody else's text can be like; nobody is at home there. */
export const SLACK_WEBHOOK = `https://hooks.example.com/services/${randomBytes(12).toString("hex")}`;

let shared: Promise<Shared> | undefined;
let made: EphemeralStack | undefined;

/** The one stack of all tests that need no warehouse; each file empties the lake of it, or reckons with what is there. */
export function sharedStack(): Promise<Shared> {
  return (shared ??= make());
}

async function make(): Promise<Shared> {
  const said: Shared["said"] = [];
  const stack = await EphemeralStack.create({
    config: { slackWebhook: SLACK_WEBHOOK },
    onProgress: (line) => said.push(line),
    onEvent: (event) => said.push(event),
  });
  // Remembered before anything can fail, so that it is destroyed whatever happens.
  made = stack;
  const first = await stack.up();
  return { clients: stack.clients, outputs: first.outputs, stack, first, said };
}

// Of the whole run: the files that share the stack come one after the other.
after("destroy the shared stack", () => made?.destroy());
