import type { Command } from "commander";
import type { TargetName } from "../stack/target-name";
import { withOutputs } from "./data";
import { instant, stackOption, targetOption } from "./options";

interface HeartbeatFlags {
  stack: string;
  target: TargetName;
  producer: string;
  at?: Date;
}

/** `heartbeat`: a producer says that all its events up to an instant have landed, so that a quiet night is no alarm. */
export function addHeartbeatCommand(program: Command): void {
  program
    .command("heartbeat")
    .description("say for a producer that all its events before an instant have landed")
    .addOption(stackOption())
    .addOption(targetOption())
    .requiredOption("--producer <name>", "name of the producer")
    .option("--at <instant>", "the instant, ISO 8601; now by default", instant)
    .action(async ({ producer, at = new Date(), ...stack }: HeartbeatFlags) => {
      const { landHeartbeat } = await import("../stack/drift.js");
      await withOutputs(stack, async ({ clients, outputs }) => {
        const key = await landHeartbeat(clients.s3, outputs.rawBucket, producer, at);
        process.stdout.write(`${producer}: all events before ${at.toISOString()} have landed (${key})\n`);
      });
    });
}
