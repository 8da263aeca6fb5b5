import { DescribeClustersCommand } from "@aws-sdk/client-redshift";
import type { AwsClients } from "../stack/clients";
import type { StackOutputs } from "../stack/outputs";

/**
 * What outlives an erasure, for how long, and where each period comes from; a certificate lists it. Nothing of it is
 * read by the pipeline, and the suppression list keeps a restored copy from bringing anybody back into silver.
 */
export async function retainedBeyondErasure(clients: AwsClients, outputs: StackOutputs): Promise<string[]> {
  return [
    ...(await snapshots(clients, outputs)),
    "Athena's own history keeps the text of queries for 45 days (Athena user guide, “View recent queries”); this " +
      "program's queries name nobody, and the query log keeps texts without their literals",
    "purchase alerts that were delivered are with their recipients (pager, Slack, mail); the table of alerted orders " +
      "holds order numbers only, until each expires",
    "certificates, the ledger and the suppression list hold keyed hashes, without end: without them an erased person " +
      "would come back with the next replay, and nobody could prove the erasure",
  ];
}

async function snapshots({ redshift }: AwsClients, { warehouseKind, warehouseName }: StackOutputs): Promise<string[]> {
  if (warehouseKind === "workgroup") {
    return [
      "recovery points of the serverless warehouse are kept for 24 hours (Amazon Redshift management guide, " +
        "“Snapshots and recovery points”)",
    ];
  }
  if (warehouseKind !== "cluster") return [];
  const { Clusters } = await redshift.send(new DescribeClustersCommand({ ClusterIdentifier: warehouseName }));
  const days = Clusters?.[0]?.AutomatedSnapshotRetentionPeriod ?? 0;
  const manual = Clusters?.[0]?.ManualSnapshotRetentionPeriod ?? -1;
  return [
    `automated snapshots of the cluster ${warehouseName} are kept for ${String(days)} days and go by themselves`,
    `manual snapshots of it are kept ${manual < 0 ? "until somebody deletes them: delete those from before the erasure" : `for ${String(manual)} days`}`,
  ];
}
