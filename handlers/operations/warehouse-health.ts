/** What a warehouse says of itself. */
export type WarehouseState =
  | {
      kind: "cluster";
      /** `ClusterStatus` and `ClusterAvailabilityStatus` of DescribeClusters; undefined when there is no such cluster. */
      found?: { status: string; availability?: string };
    }
  | {
      kind: "workgroup";
      /** `status` of GetWorkgroup; undefined when there is no such workgroup. */
      found?: { status: string };
    };

/** States that time does not cure (Amazon Redshift management guide, "Cluster status"). */
const BROKEN: readonly string[] = [
  "deleting",
  "final-snapshot",
  "hardware-failure",
  "incompatible-hsm",
  "incompatible-network",
  "incompatible-parameters",
  "incompatible-restore",
  "storage-full",
];

/**
 * 1 if the warehouse can answer nobody and nobody put it to sleep, else 0.
 *
 * A cluster that is paused, resized, rebooted, maintained or otherwise between two states is healthy: somebody, or its
 * maintenance window, asked for that, and it ends by itself. One that calls itself available while it cannot be asked
 * (`ClusterAvailabilityStatus` Unavailable or Failed) is not. A workgroup is asleep while it is AVAILABLE.
 */
export function warehouseUnhealthy(state: WarehouseState): 0 | 1 {
  if (state.found === undefined) return 1;
  if (state.kind === "workgroup") return ["AVAILABLE", "CREATING", "MODIFYING"].includes(state.found.status) ? 0 : 1;
  const { status, availability } = state.found;
  if (BROKEN.includes(status) || availability === "Failed") return 1;
  return status === "available" && availability === "Unavailable" ? 1 : 0;
}
