import type * as pulumi from "@pulumi/pulumi";
import { databaseName } from "../../components/naming";
import type { SharedLake } from "../../components/shared-lake";
import { pipelineNameOf, stackPartOf } from "../../config-lake";

/** Account that a dry run of the program believes to be in; AWS's own documentation uses this number. */
const ACCOUNT_ID = "123456789012";
/** Who is believed to deploy, and to be a data lake administrator. */
const DEPLOYER = `arn:aws:iam::${ACCOUNT_ID}:user/deployer`;
/** Zones of the network that a dry run makes up, as many as the real one asks for. */
const ZONES = [1, 2, 3];

/** Answers of AWS that the program asks for before it creates anything. */
function invokes(region: string): Readonly<Record<string, Record<string, unknown>>> {
  return {
    "aws:index/getCallerIdentity:getCallerIdentity": { accountId: ACCOUNT_ID, arn: DEPLOYER },
    "aws:index/getRegion:getRegion": { region },
    "aws:index/getPartition:getPartition": { partition: "aws" },
    "aws:lakeformation/getDataLakeSettings:getDataLakeSettings": { admins: [DEPLOYER] },
    "aws:secretsmanager/getRandomPassword:getRandomPassword": { randomPassword: "not-a-password" },
  };
}

/**
 * Mocks of Pulumi that stand for AWS in `region`: names as auto-naming gives them, ARNs and ids that are unique. The owner
 * of a lake that `stack` reads is taken to be there and to let it.
 */
export function standIns(region: string, stack: string): pulumi.runtime.Mocks {
  const answers = invokes(region);
  return {
    newResource: ({ type, name, inputs }) => {
      if (type === STACK_REFERENCE) return { id: name, state: { name, outputs: ownerOutputs(name, stack, region) } };
      return { id: `${name}-id`, state: { ...madeUp(type, name, region), ...(inputs as Record<string, unknown>) } };
    },
    call: ({ token }) => {
      const answer = answers[token];
      if (answer !== undefined) return answer;
      throw new Error(`The program asks AWS ${token}, which automation/graph/stand-ins.ts has no answer for: add one.`);
    },
  };
}

const STACK_REFERENCE = "pulumi:pulumi:StackReference";

/** Outputs of the stack that owns a lake: what a dry run of that stack gives. */
function ownerOutputs(fullName: string, reader: string, region: string): Record<string, unknown> {
  const owner = pipelineNameOf(stackPartOf(fullName));
  const physical = (type: string, name: string): Record<string, unknown> => madeUp(type, name, region);
  const bucket = physical("aws:s3/bucket:Bucket", `${owner}-gold-lake`);
  const lake: SharedLake = {
    pipelineName: owner,
    accountId: ACCOUNT_ID,
    region,
    bucket: { name: String(bucket["bucket"]), arn: String(bucket["arn"]) },
    keyArn: String(physical("aws:kms/key:Key", `${owner}-gold-key`)["arn"]),
    database: databaseName(owner, "gold"),
    tables: {
      clicks: { table: "fact_clicks", prefix: "fact_clicks/" },
      users: { table: "dim_users", prefix: "dim_users/" },
      sales: { table: "daily_sales", prefix: "daily_sales/" },
    },
    readers: [pipelineNameOf(reader)],
  };
  return { sharedLake: JSON.stringify(lake) };
}

/** What AWS makes up for a resource; what the program gives replaces it. */
function madeUp(type: string, name: string, region: string): Record<string, unknown> {
  const physical = `${name}-1234567`;
  const service = type.split(":")[1]?.split("/")[0] ?? "aws";
  const common = { name: physical, arn: `arn:aws:${service}:${region}:${ACCOUNT_ID}:${name}`, keyId: `${name}-key-id` };
  return { ...common, ...special(type, name, physical) };
}

function special(type: string, name: string, physical: string): Record<string, unknown> {
  switch (type) {
    case "aws:s3/bucket:Bucket":
      return { bucket: physical, arn: `arn:aws:s3:::${physical}` };
    case "aws:sqs/queue:Queue":
      return { url: `https://queue.invalid/${ACCOUNT_ID}/${physical}` };
    case "aws:ec2/vpcEndpoint:VpcEndpoint":
      return { prefixListId: "pl-1234567890abcdef0" };
    case "aws:redshift/cluster:Cluster":
      return { masterPasswordSecretArn: `arn:aws:secretsmanager:::${name}-admin` };
    case "aws:redshiftserverless/namespace:Namespace":
      return { adminPasswordSecretArn: `arn:aws:secretsmanager:::${name}-admin` };
    case "awsx:ec2:Vpc":
      return {
        vpcId: `${name}-vpc`,
        isolatedSubnetIds: ZONES.map((zone) => `${name}-subnet-${String(zone)}`),
        subnets: ZONES.map((zone) => ({
          id: `${name}-subnet-${String(zone)}`,
          availabilityZone: `zone-${String(zone)}`,
        })),
        routeTables: ZONES.map((zone) => ({ id: `${name}-routes-${String(zone)}` })),
      };
    default:
      return {};
  }
}
