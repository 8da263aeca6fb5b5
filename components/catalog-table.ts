import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { dataOptions } from "./deletion";
import { componentType } from "./naming";
import { projectionParameters, validateProjection, type PartitionProjection } from "./partition-projection";
import type { TableDefinition } from "./table-definition";
import type { DeletionKeys } from "./types";

/** File format of a table: the classes that Hive and Athena know it by. */
interface TableFormat {
  classification: string;
  inputFormat: string;
  outputFormat: string;
  serde: string;
  serdeParameters: Readonly<Record<string, string>>;
  tableParameters: Readonly<Record<string, string>>;
}

const FORMATS: Readonly<Record<"json" | "parquet", TableFormat>> = {
  json: {
    classification: "json",
    inputFormat: "org.apache.hadoop.mapred.TextInputFormat",
    outputFormat: "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
    serde: "org.openx.data.jsonserde.JsonSerDe",
    // One corrupt line must not fail a query over a whole day.
    serdeParameters: { "ignore.malformed.json": "true" },
    tableParameters: {},
  },
  parquet: {
    classification: "parquet",
    inputFormat: "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
    outputFormat: "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
    serde: "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
    serdeParameters: { "serialization.format": "1" },
    tableParameters: { "parquet.compression": "SNAPPY" },
  },
};

/** Arguments of `CatalogTable`. */
export interface CatalogTableArgs {
  database: pulumi.Input<string>;
  bucket: pulumi.Input<string>;
  /** Key prefix of the data, ending in "/". */
  prefix: string;
  definition: TableDefinition;
  format: "json" | "parquet";
  /** Projected partitions. @default partitions are registered by the job that writes them */
  projection?: PartitionProjection;
  /** The job moves the table's location on each run, so the program must leave it alone. @default false */
  locationMovedByJob?: boolean;
  /** Table properties beside those of the format. @default none */
  parameters?: Readonly<Record<string, string>>;
  deletion: DeletionKeys;
}

/** An external table of the Glue Data Catalog, built from the definition that the jobs use. */
export class CatalogTable extends pulumi.ComponentResource {
  readonly name: pulumi.Output<string>;
  readonly arn: pulumi.Output<string>;

  constructor(name: string, args: CatalogTableArgs, opts?: pulumi.ComponentResourceOptions) {
    if (args.projection !== undefined) {
      validateProjection(
        args.projection,
        args.definition.partitionKeys.map((key) => key.name),
      );
    }
    super(componentType("CatalogTable"), name, {}, opts);
    const table = this.createTable(name, args);
    this.name = table.name;
    this.arn = table.arn;
    this.registerOutputs({ name: this.name, arn: this.arn });
  }

  private createTable(name: string, args: CatalogTableArgs): aws.glue.CatalogTable {
    const format = FORMATS[args.format];
    return new aws.glue.CatalogTable(
      name,
      {
        databaseName: args.database,
        // Explicit: queries and jobs know the tables by these names.
        name: args.definition.name,
        description: args.definition.comment,
        tableType: "EXTERNAL_TABLE",
        parameters: this.tableParameters(args, format),
        partitionKeys: args.definition.partitionKeys,
        storageDescriptor: {
          location: pulumi.interpolate`s3://${args.bucket}/${args.prefix}`,
          inputFormat: format.inputFormat,
          outputFormat: format.outputFormat,
          columns: args.definition.columns,
          serDeInfo: { serializationLibrary: format.serde, parameters: format.serdeParameters },
        },
      },
      {
        parent: this,
        ...dataOptions(args.deletion),
        ignoreChanges: args.locationMovedByJob === true ? ["storageDescriptor.location"] : [],
      },
    );
  }

  private tableParameters(args: CatalogTableArgs, format: TableFormat): pulumi.Output<Record<string, string>> {
    const fixed: Record<string, string> = {
      EXTERNAL: "TRUE",
      classification: format.classification,
      ...format.tableParameters,
      ...args.parameters,
    };
    const { projection } = args;
    return pulumi
      .output(args.bucket)
      .apply((bucket) =>
        projection === undefined ? fixed : { ...fixed, ...projectionParameters(projection, `s3://${bucket}/`) },
      );
  }
}
