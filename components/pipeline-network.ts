import type * as pulumi from "@pulumi/pulumi";
import { GlueNetwork, type JobNetwork } from "./glue-network";
import type { ZoneContext } from "./lake-zone";
import { Network, type NetworkRef } from "./network";
import { INTERFACE_SERVICES } from "./network-endpoints";

/** Who stands in the network. */
export interface NetworkUsers {
  warehouse: boolean;
  jobs: boolean;
}

/** The one network of a pipeline, and the jobs' way into it. */
export interface PipelineNetworks {
  /** Absent where nobody stands in it. */
  network?: NetworkRef;
  jobs?: JobNetwork;
}

/** Makes what the users need: the warehouse alone needs the Glue catalog, the jobs also what they call themselves. */
export function pipelineNetworks(
  pipelineName: string,
  { account, deletion, tags }: Pick<ZoneContext, "account" | "deletion" | "tags">,
  { warehouse, jobs }: NetworkUsers,
  parent: pulumi.Resource,
): PipelineNetworks {
  if (!warehouse && !jobs) return {};
  const services = jobs ? INTERFACE_SERVICES : (["glue"] as const);
  const network = new Network(`${pipelineName}-net`, { account, services, glueJobs: jobs, deletion, tags }, { parent });
  if (!jobs) return { network };
  return { network, jobs: new GlueNetwork(`${pipelineName}-net-glue`, { account, network, tags }, { parent }) };
}
