import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { componentType } from "../naming";
import type { LakeLocation } from "../types";

/** Values of the tag of layers: what is served by default, and dates restored from the archive. */
export const LAYER_VALUES = ["gold", "restored"] as const;
/** A value of the tag of layers. */
export type LayerValue = (typeof LAYER_VALUES)[number];
/** Values of the tag of ids. What nobody has tagged counts as pseudonymous. */
export const IDS_VALUES = ["none", "pseudonymous"] as const;
/** A value of the tag of ids. */
export type IdsValue = (typeof IDS_VALUES)[number];

/** A table that Lake Formation governs for the roles that have opted in. */
export interface GovernedTable {
  /** Name of its definition file. */
  name: string;
  location: LakeLocation;
  layer: LayerValue;
  /** Columns that hold a pseudonym. */
  pseudonymous: readonly string[];
}

/** Arguments of `LakeTags`. */
export interface LakeTagsArgs {
  /** Begins the keys: LF-tags are the account's, and another pipeline has its own. In lower case, as Lake Formation keeps keys. */
  pipelineName: pulumi.Input<string>;
  /** They share the database. */
  tables: readonly [GovernedTable, ...GovernedTable[]];
}

/**
 * LF-tags of one pipeline on its gold database, tables and columns. A table inherits the database's, a column the table's,
 * and each may have another value of its own (Lake Formation guide, "Assigning LF-Tags to Data Catalog resources"). The
 * database says `pseudonymous`, so a table that is made later shows dashboards nothing until somebody tags it.
 */
export class LakeTags extends pulumi.ComponentResource {
  /** Key whose value says which layer something is of. */
  readonly layerKey: pulumi.Output<string>;
  /** Key whose value says whether something holds pseudonyms. */
  readonly idsKey: pulumi.Output<string>;

  constructor(name: string, args: LakeTagsArgs, opts?: pulumi.ComponentResourceOptions) {
    super(componentType("LakeTags"), name, {}, opts);
    this.layerKey = this.createTag(name, args, "layer", LAYER_VALUES).key;
    this.idsKey = this.createTag(name, args, "ids", IDS_VALUES).key;
    const { database } = args.tables[0].location;
    this.assign(`${name}-database`, { database: { name: database } }, { layer: "gold", ids: "pseudonymous" });
    for (const table of args.tables) this.tagTable(name, table);
    this.registerOutputs({ layerKey: this.layerKey, idsKey: this.idsKey });
  }

  private createTag(
    name: string,
    { pipelineName }: LakeTagsArgs,
    kind: string,
    values: readonly string[],
  ): aws.lakeformation.LfTag {
    return new aws.lakeformation.LfTag(
      `${name}-${kind}`,
      { key: pulumi.interpolate`${pipelineName}-${kind}`, values: [...values] },
      { parent: this },
    );
  }

  private tagTable(name: string, { name: definition, location, layer, pseudonymous }: GovernedTable): void {
    const { database: databaseName, table } = location;
    const logicalName = `${name}-${definition.replaceAll("_", "-")}`;
    const columns =
      pseudonymous.length === 0
        ? []
        : [
            this.assign(
              `${logicalName}-ids`,
              { tableWithColumns: { databaseName, name: table, columnNames: [...pseudonymous] } },
              { ids: "pseudonymous" },
            ),
          ];
    // After its columns, which would else be without pseudonyms, by inheritance, for a moment.
    this.assign(logicalName, { table: { databaseName, name: table } }, { layer, ids: "none" }, columns);
  }

  private assign(
    name: string,
    target: Omit<aws.lakeformation.ResourceLfTagsArgs, "lfTags">,
    values: { layer?: LayerValue; ids: IdsValue },
    dependsOn: pulumi.Resource[] = [],
  ): aws.lakeformation.ResourceLfTags {
    const { layer, ids } = values;
    const lfTags = [
      ...(layer === undefined ? [] : [{ key: this.layerKey, value: layer }]),
      { key: this.idsKey, value: ids },
    ];
    return new aws.lakeformation.ResourceLfTags(name, { ...target, lfTags }, { parent: this, dependsOn });
  }
}
