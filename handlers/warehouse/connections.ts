import type { LambdaContext } from "../lambda-types";
import { loadRedshift } from "../runtime-sdk";
import type { Clock } from "./data-api";

/** The cluster's own state. */
export function connectCluster(identifier: string) {
  const redshift = loadRedshift();
  const client = new redshift.RedshiftClient({});
  return {
    status: async () => {
      const { Clusters } = await client.send(new redshift.DescribeClustersCommand({ ClusterIdentifier: identifier }));
      return Clusters?.[0]?.ClusterStatus ?? "unknown";
    },
    resume: async () => {
      await client.send(new redshift.ResumeClusterCommand({ ClusterIdentifier: identifier }));
    },
    pause: async () => {
      await client.send(new redshift.PauseClusterCommand({ ClusterIdentifier: identifier }));
    },
  };
}

/** A clock of one invocation. */
export function clockOf(context: LambdaContext): Clock {
  return {
    sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    remaining: () => context.getRemainingTimeInMillis?.() ?? Infinity,
  };
}
