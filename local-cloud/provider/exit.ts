/** Dies with the engine: it holds the other end of stdin, and it is the parent. Either sign is enough. */
export function exitWithEngine(): void {
  process.stdin
    .on("end", () => process.exit(0))
    .on("error", () => process.exit(0))
    .resume();
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && process.exit(0), 500).unref();
}
