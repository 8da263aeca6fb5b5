import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { ZoneContext } from "../../../components/lake-zone";
import type { NetworkRef } from "../../../components/network";
import type { LakeLocation } from "../../../components/types";
import { ACCOUNT } from "./cloud-mocks";

/** The project's own jobs: the tables and scripts that are deployed. */
export const JOBS_DIRECTORY = path.resolve(__dirname, "..", "..", "..", "glue-jobs");

/** What the pipeline hands to each layer. */
export const ZONE: ZoneContext = {
  pipelineName: "clickstream-test",
  account: ACCOUNT,
  accessLogs: { name: "logs", arn: "arn:aws:s3:::logs" },
  jobsDirectory: JOBS_DIRECTORY,
  deletion: { deleteData: false, allowDelete: false },
  tags: { team: "web" },
};

/** A table of another layer. */
export function location(layer: string, table: string, prefix = `${table}/`): LakeLocation {
  return {
    bucket: { name: `${layer}-bucket`, arn: `arn:aws:s3:::${layer}-bucket` },
    key: { arn: `arn:aws:kms:::${layer}-key` },
    prefix,
    database: `x_${layer}`,
    table,
  };
}

/** A network as those inside see it. */
export const NETWORK: NetworkRef = {
  vpcId: pulumi.output("vpc-1"),
  subnetIds: pulumi.output(["subnet-1", "subnet-2", "subnet-3"]),
  s3PrefixListId: pulumi.output("pl-1"),
  endpointGroupId: pulumi.output("sg-endpoints"),
  places: pulumi.output(
    [1, 2, 3].map((zone) => ({ subnetId: `subnet-${zone}`, availabilityZone: `eu-west-1${"abc"[zone - 1]}` })),
  ),
};
