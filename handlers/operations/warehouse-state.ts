import type * as redshift from "@aws-sdk/client-redshift";
import type * as redshiftServerless from "@aws-sdk/client-redshift-serverless";
import type { WarehouseState } from "./warehouse-health";

/** Asks a warehouse's control plane, which wakes nothing and costs nothing. */
export type AskWarehouse = () => Promise<WarehouseState>;

/** True for the error by which a service says that there is no such thing. */
function isAbsent(error: unknown, names: readonly string[]): boolean {
  return error instanceof Error && names.includes(error.name);
}

/** A provisioned cluster. */
export function createAskCluster(
  client: redshift.RedshiftClient,
  sdk: Pick<typeof redshift, "DescribeClustersCommand">,
  identifier: string,
): AskWarehouse {
  return async () => {
    try {
      const { Clusters } = await client.send(new sdk.DescribeClustersCommand({ ClusterIdentifier: identifier }));
      const cluster = Clusters?.[0];
      if (cluster === undefined) return { kind: "cluster" };
      const availability = cluster.ClusterAvailabilityStatus;
      const found = {
        status: cluster.ClusterStatus ?? "unknown",
        ...(availability === undefined ? {} : { availability }),
      };
      return { kind: "cluster", found };
    } catch (error) {
      if (!isAbsent(error, ["ClusterNotFoundFault", "ClusterNotFound"])) throw error;
      return { kind: "cluster" };
    }
  };
}

/** A serverless workgroup. */
export function createAskWorkgroup(
  client: redshiftServerless.RedshiftServerlessClient,
  sdk: Pick<typeof redshiftServerless, "GetWorkgroupCommand">,
  name: string,
): AskWarehouse {
  return async () => {
    try {
      const { workgroup } = await client.send(new sdk.GetWorkgroupCommand({ workgroupName: name }));
      return { kind: "workgroup", found: { status: workgroup?.status ?? "unknown" } };
    } catch (error) {
      if (!isAbsent(error, ["ResourceNotFoundException"])) throw error;
      return { kind: "workgroup" };
    }
  };
}
