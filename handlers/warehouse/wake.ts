import { logLine } from "../log";
import type { Clock } from "./data-api";
import { RESERVE_MS } from "./data-api";

/** What a provisioned cluster can be asked about itself. */
export interface ClusterControl {
  /** `ClusterStatus` as DescribeClusters gives it. */
  status: () => Promise<string>;
  resume: () => Promise<void>;
}

/** States that a cluster leaves by itself (Amazon Redshift management guide, "Cluster status"). */
const PASSING = [
  "available, prep-for-resize",
  "available, resize-cleanup",
  "cancelling-resize",
  "creating",
  "deleting-hsm-config",
  "modifying",
  "pausing",
  "rebooting",
  "renaming",
  "resizing",
  "resuming",
  "rotating-keys",
  "storage-full",
  "updating-hsm",
];
/** Between two looks, in milliseconds; a resume takes minutes. */
const POLL_MS = 2_000;

/**
 * Waits until the cluster takes statements, and resumes it if it sleeps.
 * @throws Error when it is in a state that time does not cure, or the invocation ends first: the caller comes back later
 */
export async function wake(cluster: ClusterControl, clock: Clock): Promise<void> {
  for (let resumed = false; ;) {
    const status = await cluster.status();
    if (status === "available") return;
    if (status === "paused" && !resumed) {
      logLine("info", "the cluster is paused; resuming it");
      await cluster.resume();
      resumed = true;
    } else if (status !== "paused" && !PASSING.includes(status)) {
      throw new Error(`the cluster is ${status}: it has to be repaired before it can be loaded`);
    }
    if (clock.remaining() < RESERVE_MS + POLL_MS) throw new Error(`the cluster is still ${status}; trying again later`);
    await clock.sleep(POLL_MS);
  }
}
