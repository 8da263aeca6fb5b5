import { execFileSync } from "node:child_process";
import { hostname, userInfo } from "node:os";
import { startIdentity } from "../../local-cloud/emulator/process-identity";
import { PROJECT_ROOT } from "../stack/workspace";

/** What AWS allows in the value of a tag, and 256 characters of it. */
function tagValue(text: string): string {
  return text.replaceAll(/[^\p{L}\p{N} _.:/=+\-@]/gu, "_").slice(0, 256);
}

/** Who drives: the person whom CI acts for, else the user of this machine. */
export function defaultOwner(env: NodeJS.ProcessEnv = process.env): string {
  const named = env["GITHUB_ACTOR"] ?? env["GITLAB_USER_LOGIN"] ?? env["USER"];
  return tagValue(named === undefined || named === "" ? userInfo().username : named);
}

/** The commit that is deployed: CI's, else the checkout's, `unknown` outside a repository. */
export function defaultCommit(env: NodeJS.ProcessEnv = process.env): string {
  const named = env["GITHUB_SHA"] ?? env["CI_COMMIT_SHA"];
  if (named !== undefined && named !== "") return tagValue(named);
  try {
    const out = execFileSync("git", ["rev-parse", "HEAD"], {
      cwd: PROJECT_ROOT,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    return out.trim();
  } catch {
    return "unknown";
  }
}

/** One process for good: its id may be given to another one later, its start may not. */
export interface ProcessMark {
  host: string;
  pid: number;
  /** See `startIdentity`. */
  started: string;
}

/** This process. */
export function thisProcess(): ProcessMark {
  return { host: hostname(), pid: process.pid, started: startIdentity(process.pid) ?? "" };
}

/** Whether the process still runs; undefined where it is another machine's, of which this one knows nothing. */
export function stillRuns({ host, pid, started }: ProcessMark): boolean | undefined {
  return host === hostname() ? startIdentity(pid) === started : undefined;
}
