import * as path from "node:path";
import type { ZoneContext } from "../../../components/lake-zone";
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
