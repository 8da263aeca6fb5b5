import type * as pulumi from "@pulumi/pulumi";

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

/** Mocks of Pulumi that stand for AWS in `region`: names as auto-naming gives them, ARNs and ids that are unique. */
export function standIns(region: string): pulumi.runtime.Mocks {
  const answers = invokes(region);
  return {
    newResource: ({ type, name, inputs }) => ({
      id: `${name}-id`,
      state: { ...madeUp(type, name, region), ...(inputs as Record<string, unknown>) },
    }),
    call: ({ token }) => {
      const answer = answers[token];
      if (answer !== undefined) return answer;
      throw new Error(`The program asks AWS ${token}, which automation/graph/stand-ins.ts has no answer for: add one.`);
    },
  };
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
