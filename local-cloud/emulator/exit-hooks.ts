import type { ChildProcess } from "node:child_process";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
type Signal = (typeof SIGNALS)[number];

const live = new Map<ChildProcess, () => Promise<void>>();
let stopping = false;

/**
 * Stops the child however this process ends: normally, by an uncaught error, or by a signal. A `kill -9` of this
 * process runs no hook; the child sees end of file on its stdin then.
 *
 * @returns a function that takes the child off the list
 */
export function stopAtExit(child: ChildProcess, stop: () => Promise<void>): () => void {
  if (live.size === 0) install();
  live.set(child, stop);
  return () => {
    live.delete(child);
    if (live.size === 0) uninstall();
  };
}

function install(): void {
  process.on("exit", onExit);
  for (const signal of SIGNALS) process.on(signal, onSignal);
}

function uninstall(): void {
  process.off("exit", onExit);
  for (const signal of SIGNALS) process.off(signal, onSignal);
}

/** Only synchronous work is possible here: the child deletes its own folder on SIGTERM. */
function onExit(): void {
  for (const child of live.keys()) child.kill("SIGTERM");
}

/**
 * A driver that handles the signal itself still needs the cloud (to destroy its stack) and stops it when it is done.
 * With no other handler the default action, which our listener switched off, is done after the stop.
 */
function onSignal(signal: Signal): void {
  if (process.listeners(signal).some((listener) => listener !== onSignal) || stopping) return;
  stopping = true;
  void Promise.allSettled([...live.values()].map((stop) => stop())).then(() => {
    uninstall();
    process.kill(process.pid, signal);
  });
}
