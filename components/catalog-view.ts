import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { dataOptions } from "./deletion";
import { InvalidArgumentError } from "./errors";
import { componentType } from "./naming";
import type { DeletionKeys } from "./types";

/** Athena's names of the Hive types that a view's column may have here. */
const ATHENA_TYPES: Readonly<Record<string, string>> = {
  string: "varchar",
  boolean: "boolean",
  int: "integer",
  bigint: "bigint",
  double: "double",
  date: "date",
  timestamp: "timestamp(3)",
};

/** A column of a view; `type` is a Hive type. */
export interface ViewColumn {
  name: string;
  type: string;
}

/** Arguments of `CatalogView`. */
export interface CatalogViewArgs {
  /** Where the view is, and where the tables that its text names without a database are. */
  database: pulumi.Input<string>;
  view: string;
  comment: string;
  /** The columns that `sql` gives, in its order. Athena calls a view stale whose columns are others. */
  columns: readonly ViewColumn[];
  /** One SELECT of Athena engine version 3. */
  sql: string;
  deletion: DeletionKeys;
}

/** Athena's type of a view's column. @throws InvalidArgumentError on a type that no view has had so far */
function athenaType(view: string, { name, type }: ViewColumn): string {
  const found = ATHENA_TYPES[type];
  if (found === undefined) {
    throw new InvalidArgumentError(
      `column "${name}" of view "${view}" has the type "${type}"; known are ${Object.keys(ATHENA_TYPES).join(", ")}`,
    );
  }
  return found;
}

/**
 * A view of Athena as it stores its own: a table of the catalog whose text is a comment with the definition, as JSON in
 * base64. Made here rather than by CREATE VIEW, so that the program owns it and no query has to run in a deployment.
 */
export class CatalogView extends pulumi.ComponentResource {
  readonly name: pulumi.Output<string>;

  constructor(name: string, args: CatalogViewArgs, opts?: pulumi.ComponentResourceOptions) {
    const columns = args.columns.map((one) => ({ name: one.name, type: athenaType(args.view, one) }));
    super(componentType("CatalogView"), name, {}, opts);
    this.name = this.createView(name, args, columns).name;
    this.registerOutputs({ name: this.name });
  }

  private createView(name: string, args: CatalogViewArgs, columns: ViewColumn[]): aws.glue.CatalogTable {
    const definition = pulumi.jsonStringify({
      originalSql: args.sql,
      catalog: "awsdatacatalog",
      schema: args.database,
      columns,
    });
    return new aws.glue.CatalogTable(
      name,
      {
        databaseName: args.database,
        name: args.view,
        description: args.comment,
        tableType: "VIRTUAL_VIEW",
        parameters: { presto_view: "true", comment: "Presto View" },
        storageDescriptor: {
          columns: [...args.columns],
          // Athena wants the member to be there, and the provider leaves out an empty one.
          serDeInfo: { name: "-", serializationLibrary: "-" },
        },
        viewOriginalText: definition.apply((text) => `/* Presto View: ${Buffer.from(text).toString("base64")} */`),
        viewExpandedText: "/* Presto View */",
      },
      { parent: this, ...dataOptions(args.deletion) },
    );
  }
}
