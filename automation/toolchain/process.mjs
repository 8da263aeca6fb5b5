// @ts-check
/** Child processes: captured with a time limit, or handed the terminal with signals passed on. */
import { spawn } from "node:child_process";
import { constants } from "node:os";

/** @typedef {{ code: number, stdout: string, stderr: string, timedOut: boolean, notFound: boolean }} Captured */

/** Groups of running children, to be ended with this process. @type {Set<number>} */
const groups = new Set();

/** A second signal within this time is the same key press: npm passes on what the terminal already sent. */
const SAME_SIGNAL_MS = 500;

/**
 * Run a command without a terminal and collect what it prints. Never throws for a command that fails.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, timeoutMs?: number, giveUp?: () => boolean }} [options]
 *   `giveUp` is asked once a second; true ends the child like a timeout
 * @returns {Promise<Captured>} code 127 when the command does not exist
 */
export function capture(command, args, options = {}) {
  return new Promise((resolve) => {
    // An own group, so that a timeout ends the command's children too (npm, sh, curl).
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    const { pid } = child;
    if (pid !== undefined) groups.add(pid);
    let stdout = "";
    let stderr = "";
    let timedOut = false;
    const end = () => {
      timedOut = true;
      if (pid !== undefined) killGroup(pid, "SIGKILL");
    };
    const timer = setTimeout(end, options.timeoutMs ?? 60_000);
    const watch = setInterval(() => options.giveUp?.() && end(), 1000);
    /** @param {number} code @param {boolean} notFound */
    const finish = (code, notFound) => {
      clearTimeout(timer);
      clearInterval(watch);
      if (pid !== undefined) groups.delete(pid);
      resolve({ code, stdout, stderr, timedOut, notFound });
    };
    child.stdout.setEncoding("utf8").on("data", (text) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text) => (stderr += text));
    child.on("error", (error) => finish(127, "code" in error && error.code === "ENOENT"));
    child.on("close", (code, signal) => finish(code ?? signalExitCode(signal), false));
  });
}

/**
 * Run a command on this terminal and wait. Signals that reach this process are passed on once.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, timeoutMs?: number, onOutput?: (text: string) => void }} [options]
 *   with `onOutput`, stdout and stderr are not shown but handed over
 * @returns {Promise<{ code: number, timedOut: boolean }>} exit code as a shell reports it (128 + signal)
 */
export function runForeground(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const tee = options.onOutput !== undefined;
    // Detached: Ctrl-C in a terminal reaches only this process, which passes it on exactly once. A child that
    // got it twice would take the second for "now, without cleaning up".
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: tee ? ["inherit", "pipe", "pipe"] : "inherit",
      detached: true,
    });
    const { pid } = child;
    if (pid !== undefined) groups.add(pid);
    let timedOut = false;
    const timer =
      options.timeoutMs === undefined
        ? undefined
        : setTimeout(() => {
            timedOut = true;
            if (pid !== undefined) killGroup(pid, "SIGKILL");
          }, options.timeoutMs);
    let last = 0;
    /** @param {NodeJS.Signals} signal */
    const forward = (signal) => {
      if (Date.now() - last < SAME_SIGNAL_MS) return;
      last = Date.now();
      child.kill(signal);
    };
    for (const signal of FORWARDED) process.on(signal, forward);
    const finish = () => {
      clearTimeout(timer);
      for (const signal of FORWARDED) process.removeListener(signal, forward);
      if (pid !== undefined) groups.delete(pid);
    };
    child.stdout?.setEncoding("utf8").on("data", (text) => options.onOutput?.(text));
    child.stderr?.setEncoding("utf8").on("data", (text) => options.onOutput?.(text));
    child.on("error", (error) => (finish(), reject(error)));
    child.on("close", (code, signal) => (finish(), resolve({ code: code ?? signalExitCode(signal), timedOut })));
  });
}

/** @type {readonly NodeJS.Signals[]} */
const FORWARDED = ["SIGINT", "SIGTERM", "SIGHUP"];

/** End every child that is still running, with its own children. */
export function endChildren() {
  for (const pid of groups) killGroup(pid, "SIGKILL");
}

/** @param {number} pid @param {NodeJS.Signals} signal */
function killGroup(pid, signal) {
  try {
    process.kill(-pid, signal);
  } catch {
    // It ended by itself meanwhile.
  }
}

/** @param {NodeJS.Signals | null} signal */
function signalExitCode(signal) {
  return 128 + (signal ? constants.signals[signal] : 0);
}
