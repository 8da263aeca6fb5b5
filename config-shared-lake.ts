import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import type { SharedLake } from "./components/shared-lake";
import { ConfigError, NAMESPACE } from "./config";
import { stackOfPipeline, stackPartOf } from "./config-lake";

const table = z.object({ table: z.string().min(1), prefix: z.string().endsWith("/") });
/** `SharedLake`, as the owner's output holds it. */
const sharedLake = z.object({
  pipelineName: z.string().min(1),
  accountId: z.string().regex(/^\d{12}$/),
  region: z.string().min(1),
  bucket: z.object({ name: z.string().min(1), arn: z.string().startsWith("arn:") }),
  keyArn: z.string().startsWith("arn:"),
  database: z.string().min(1),
  tables: z.object({ clicks: table, users: table, sales: table }),
  readers: z.array(z.string()),
});

/** Who wants to read a lake. */
export interface WouldRead {
  /** Full name of the owner's stack. */
  lakeStack: string;
  /** Own stack and pipeline. */
  stack: string;
  pipelineName: string;
  region: string;
}

/**
 * The lake of another stack, by that stack's outputs.
 *
 * @throws ConfigError where there is no such stack, where it is not deployed or too old, where it is in another account or
 *   region, and where it does not name this stack among its readers
 */
export async function readSharedLake(reader: WouldRead): Promise<SharedLake> {
  const { lakeStack, stack, pipelineName, region } = reader;
  const lake = parse(reader, await outputOf(lakeStack));
  const owner = stackPartOf(lakeStack);
  const { accountId } = await aws.getCallerIdentity();
  if (lake.accountId !== accountId || lake.region !== region) {
    throw refused(
      reader,
      `is in account ${lake.accountId} and region ${lake.region}, and this stack in ${accountId} and ${region}: both must be the same`,
      `deploy this stack where the lake is, or take ${NAMESPACE}:lakeStack out for a lake of its own`,
    );
  }
  if (!lake.readers.includes(pipelineName)) {
    const readers = JSON.stringify([...lake.readers.map(stackOfPipeline), stack]);
    throw refused(
      reader,
      `does not let this stack read: its lakeReaders do not name "${stack}", so that KMS would refuse every query`,
      `pulumi config set ${NAMESPACE}:lakeReaders '${readers}' --stack ${owner}, and bring ${owner} up`,
    );
  }
  return lake;
}

function parse(reader: WouldRead, output: unknown): SharedLake {
  const owner = stackPartOf(reader.lakeStack);
  const up = `bring ${owner} up with this version of the program, then this stack`;
  if (output === undefined) {
    throw refused(
      reader,
      "has no output sharedLake: it is not deployed, older than this program, or reads a lake itself",
      up,
    );
  }
  try {
    return sharedLake.parse(JSON.parse(z.string().parse(output)));
  } catch {
    throw refused(reader, "has an output sharedLake that this version of the program cannot read", up);
  }
}

/** The owner's output; undefined where it has none. The engine itself says so where there is no such stack. */
async function outputOf(lakeStack: string): Promise<unknown> {
  const reference = new pulumi.StackReference(lakeStack);
  return ((await reference.getOutputDetails("sharedLake")) as { value?: unknown }).value;
}

function refused({ lakeStack }: WouldRead, rule: string, fix: string): ConfigError {
  return new ConfigError([{ key: `${NAMESPACE}:lakeStack`, value: lakeStack, rule, fix }]);
}
