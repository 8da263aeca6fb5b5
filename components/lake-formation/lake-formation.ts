import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { InvalidArgumentError } from "../errors";
import { componentType } from "../naming";
import type { AwsAccount, Tags } from "../types";
import { checkAdministrator } from "./administrator";
import { GovernedLocation } from "./governed-location";
import { IDS_VALUES, LAYER_VALUES, LakeTags, type GovernedTable, type IdsValue, type LayerValue } from "./lake-tags";
import { ReaderGrants } from "./reader-grants";

/** Roles that Lake Formation governs. */
export type ReaderName = "bi" | "analyst";

/** Arguments of `LakeFormation`. */
export interface LakeFormationArgs {
  account: AwsAccount;
  pipelineName: string;
  /** They share bucket, key and database. */
  tables: readonly [GovernedTable, ...GovernedTable[]];
  /** ARNs of the governed roles, at least one. */
  readers: Readonly<Partial<Record<ReaderName, pulumi.Output<string>>>>;
  /** ARNs of the roles that register partitions and move tables, by a name for each. */
  writers: Readonly<Record<string, pulumi.Input<string>>>;
  /** @default none */
  tags?: Tags;
}

/** What each role reads: dashboards nothing by which one person's rows could be put together again, analysts everything. */
const READS: Readonly<Record<ReaderName, { layers: readonly LayerValue[]; ids: readonly IdsValue[] }>> = {
  bi: { layers: ["gold"], ids: ["none"] },
  analyst: { layers: LAYER_VALUES, ids: IDS_VALUES },
};

/**
 * Column-level grants on gold by Lake Formation, for the roles of dashboards and analysts and nobody else: the location is
 * registered in hybrid access mode and the two roles opt in, so jobs, warehouse and operators go on by IAM. The account's
 * data lake settings are not touched: they name all administrators at once, and the last stack to write them would win.
 */
export class LakeFormation extends pulumi.ComponentResource {
  /**
   * @throws InvalidArgumentError without a role to govern; and while it deploys, if who deploys is no data lake administrator
   */
  constructor(name: string, args: LakeFormationArgs, opts?: pulumi.ComponentResourceOptions) {
    const readers = Object.entries(args.readers) as [ReaderName, pulumi.Output<string>][];
    if (readers.length === 0) {
      throw new InvalidArgumentError(
        "lakeFormation is on, but there is no role of dashboards or analysts that it would govern: name biPrincipals or " +
          "analystPrincipals, or set lakeFormation to false",
      );
    }
    super(componentType("LakeFormation"), name, {}, opts);
    const { account, tables } = args;
    const location = new GovernedLocation(
      `${name}-location`,
      {
        account,
        tables: tables.map((table) => table.location) as [GovernedTable["location"], ...GovernedTable["location"][]],
        writers: args.writers,
        tags: args.tags,
      },
      { parent: this },
    );
    const tags = new LakeTags(`${name}-tags`, { pipelineName: this.checked(args), tables }, { parent: this });
    const { database } = tables[0].location;
    for (const [reader, roleArn] of readers) {
      new ReaderGrants(
        `${name}-${reader}`,
        { roleArn, accountId: account.accountId, database, tags, location, ...READS[reader] },
        { parent: this },
      );
    }
    this.registerOutputs({});
  }

  /** The pipeline's name, but not before it is known that the deployment may go on. */
  private checked({ pipelineName }: LakeFormationArgs): pulumi.Output<string> {
    const { admins } = aws.lakeformation.getDataLakeSettingsOutput({}, { parent: this });
    const { arn } = aws.getCallerIdentityOutput({}, { parent: this });
    return pulumi.all([arn, admins]).apply(([caller, known]) => {
      checkAdministrator(caller, known);
      return pipelineName;
    });
  }
}
