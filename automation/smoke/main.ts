import { cannotRun, smokePreview } from "./pulumi-cli";

/** `npm run smoke`: the program as users run it, with the normal Pulumi CLI; says so where that is not installed. */
async function main(): Promise<void> {
  const reason = cannotRun();
  if (reason !== undefined) {
    process.stdout.write(`skipped: ${reason}\n`);
    return;
  }
  const code = await smokePreview();
  process.stdout.write(code === 0 ? "The program previews with the normal Pulumi CLI.\n" : "");
  process.exitCode = code;
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});
