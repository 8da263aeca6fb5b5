// @ts-check
/** One installer at a time for a folder that several bootstraps share. */
import { mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { say } from "./progress.mjs";

/** The holder touches its lock this often … */
const HEARTBEAT_MS = 5_000;
/** … so one that is this old was left by a process that is gone (killed, or on another host). */
const ABANDONED_MS = 60_000;

/**
 * Whether a lock file can be taken over.
 * @param {{ host: string, pid: number }} owner as written in the lock
 * @param {number} ageMs time since its last heartbeat
 * @param {{ host: string, isAlive: (pid: number) => boolean }} here
 */
export function isAbandoned(owner, ageMs, here) {
  if (ageMs > ABANDONED_MS) return true;
  return owner.host === here.host && !here.isAlive(owner.pid);
}

/**
 * Hold `file` while `work` runs; wait while another process holds it. What is made under the lock must still be
 * put in place by one rename: after a takeover two holders are possible for a moment.
 * @template T
 * @param {string} file
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(file, work) {
  mkdirSync(dirname(file), { recursive: true });
  let told = false;
  while (!tryLock(file)) {
    if (!told) say(`… waiting for another process that installs the same thing (${file})`);
    told = true;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  const heartbeat = setInterval(() => touch(file), HEARTBEAT_MS);
  const release = () => rmSync(file, { force: true });
  process.once("exit", release);
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    process.removeListener("exit", release);
    release();
  }
}

/** @param {string} file */
function tryLock(file) {
  try {
    writeFileSync(file, JSON.stringify({ host: hostname(), pid: process.pid }), { flag: "wx" });
    return true;
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
  try {
    const ageMs = Date.now() - statSync(file).mtimeMs;
    if (isAbandoned(readOwner(file), ageMs, { host: hostname(), isAlive })) rmSync(file, { force: true });
  } catch {
    // Released, or being written, in this very moment: look again.
  }
  return false;
}

/**
 * @param {string} file
 * @returns {{ host: string, pid: number }} an unknown host for a lock whose writer was killed half way
 */
function readOwner(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return { host: "", pid: 0 };
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** @param {string} file */
function touch(file) {
  try {
    utimesSync(file, new Date(), new Date());
  } catch {
    // Taken over or removed by hand; the rename at the end keeps the result whole.
  }
}
