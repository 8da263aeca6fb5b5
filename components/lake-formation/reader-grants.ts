import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { componentType } from "../naming";
import type { IdsValue, LakeTags, LayerValue } from "./lake-tags";

/** Arguments of `ReaderGrants`. */
export interface ReaderGrantsArgs {
  /** Who reads. */
  roleArn: pulumi.Input<string>;
  accountId: pulumi.Input<string>;
  database: pulumi.Input<string>;
  tags: LakeTags;
  /** What of the database's tables is read. */
  layers: readonly LayerValue[];
  /** Columns of which kind are read. */
  ids: readonly IdsValue[];
  /** The registered location: opting in before it would leave the data to IAM, which no longer lets the role. */
  location: pulumi.Resource;
}

/**
 * What one role may select by LF-tags, and its opting in: from then on it needs both Lake Formation's grants and IAM's, while
 * whoever has not opted in goes on by IAM alone (Lake Formation guide, "Hybrid access mode").
 */
export class ReaderGrants extends pulumi.ComponentResource {
  constructor(name: string, args: ReaderGrantsArgs, opts?: pulumi.ComponentResourceOptions) {
    super(componentType("ReaderGrants"), name, {}, opts);
    const { layerKey, idsKey } = args.tags;
    const layer = { key: layerKey, values: [...args.layers] };
    const grants = [
      // The database is pseudonymous, so that tables inherit it: to know of it takes the layer only.
      this.grant(`${name}-database`, args, "DATABASE", ["DESCRIBE"], [{ key: layerKey, values: ["gold"] }]),
      this.grant(
        `${name}-tables`,
        args,
        "TABLE",
        ["DESCRIBE", "SELECT"],
        [layer, { key: idsKey, values: [...args.ids] }],
      ),
    ];
    // Named, because Lake Formation answers with it, which the provider would take for a change.
    const catalogId = args.accountId;
    // After the grants: who has opted in without one sees nothing.
    const after = [args.location, ...grants];
    this.optIn(`${name}-database`, args, { database: { catalogId, name: args.database } }, after);
    this.optIn(`${name}-tables`, args, { table: { catalogId, databaseName: args.database, wildcard: true } }, after);
    this.registerOutputs({});
  }

  private grant(
    name: string,
    { roleArn, tags }: ReaderGrantsArgs,
    resourceType: "DATABASE" | "TABLE",
    permissions: string[],
    expressions: aws.types.input.lakeformation.PermissionsLfTagPolicyExpression[],
  ): aws.lakeformation.Permissions {
    return new aws.lakeformation.Permissions(
      name,
      { principal: roleArn, permissions, lfTagPolicy: { resourceType, expressions } },
      // Not before the tags are where they belong.
      { parent: this, dependsOn: [tags] },
    );
  }

  private optIn(
    name: string,
    { roleArn }: ReaderGrantsArgs,
    resource: aws.types.input.lakeformation.OptInResourceData,
    dependsOn: pulumi.Resource[],
  ): void {
    new aws.lakeformation.OptIn(
      name,
      { principals: [{ dataLakePrincipalIdentifier: roleArn }], resourceDatas: [resource] },
      // Lake Formation has no call that changes an opt-in, and the provider would not make another for another role.
      { parent: this, dependsOn, replaceOnChanges: ["principals", "resourceDatas"], deleteBeforeReplace: true },
    );
  }
}
