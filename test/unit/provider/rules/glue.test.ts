import { expect } from "chai";
import fc from "fast-check";
import { isHiveType } from "../../../../local-cloud/provider/rules/hive-types";
import { judgeAll, type Case } from "./judge";

const trigger = (change: object): object => ({
  Type: "CONDITIONAL",
  Predicate: { Conditions: [state({})] },
  ...change,
});
const state = (change: object): object => ({ JobName: "a", LogicalOperator: "EQUALS", State: "SUCCEEDED", ...change });
const key = (Name: string, Type = "string"): object => ({ Name, Type });
const table = (change: object): object => ({
  TableInput: { Name: "t", StorageDescriptor: { Columns: [key("a", "int")] }, ...change },
});
const PROJECTION = {
  "projection.enabled": "true",
  "projection.day.type": "date",
  "projection.day.range": "2024-01-01,NOW",
  "projection.day.format": "yyyy-MM-dd",
  "storage.location.template": "s3://b/${day}/",
};
const projected = (change: Record<string, string | undefined>): object =>
  table({ PartitionKeys: [key("day")], Parameters: { ...PROJECTION, ...change } });
const results = (change: object): object => ({
  Configuration: { ResultConfiguration: { OutputLocation: "s3://b/x/", ...change } },
});
const encryption = (change: object): object => ({ EncryptionConfiguration: change });

const CASES: Case[] = [
  {
    call: "glue.CreateJob",
    good: {
      Name: "j",
      Command: { Name: "glueetl", ScriptLocation: "s3://b/a.py" },
      GlueVersion: "5.1",
      WorkerType: "G.1X",
      NumberOfWorkers: 2,
      ExecutionClass: "FLEX",
      Timeout: 10_080,
      MaxRetries: 0,
      DefaultArguments: { "--x": "y" },
    },
    also: [
      { WorkerType: "G.8X", ExecutionClass: "STANDARD" },
      {
        Command: { Name: "pythonshell", ScriptLocation: "s3://b/a.py" },
        WorkerType: undefined,
        NumberOfWorkers: undefined,
        ExecutionClass: undefined,
        MaxCapacity: 0.0625,
      },
    ],
    bad: [
      [{ Timeout: 10_081 }, /1 to 10080/],
      [{ Timeout: 0 }, /1 to 10080/],
      [{ MaxRetries: 11 }, /0 to 10/],
      [{ ExecutionProperty: { MaxConcurrentRuns: 0 } }, /1 to 1000/],
      [{ GlueVersion: "7.0" }, /one of 0\.9/],
      [{ GlueVersion: "2.0", WorkerType: "G.4X", ExecutionClass: undefined }, /not offered by this Glue version/],
      [{ WorkerType: "G.025X", ExecutionClass: undefined }, /gluestreaming/],
      [{ WorkerType: "Z.2X", ExecutionClass: undefined }, /glueray/],
      [{ NumberOfWorkers: undefined }, /must come with NumberOfWorkers/],
      [{ NumberOfWorkers: 1 }, /at least 2/],
      [{ MaxCapacity: 2 }, /not possible with WorkerType/],
      [{ WorkerType: undefined, NumberOfWorkers: undefined, MaxCapacity: 2 }, /Spark on Glue 2\.0/],
      [{ WorkerType: "G.4X" }, /FLEX is for/],
      [{ GlueVersion: "2.0" }, /FLEX is for/],
      [{ Command: { Name: "gluestreaming", ScriptLocation: "s3://b/a.py" } }, /FLEX is for/],
      [{ Command: { Name: "spark", ScriptLocation: "s3://b/a.py" } }, /one of glueetl/],
      [{ Command: { Name: "glueetl", ScriptLocation: "a.py" } }, /s3:\/\/ path/],
      [{ DefaultArguments: { x: "y" } }, /begin with --/],
    ],
  },
  {
    call: "glue.CreateTrigger",
    good: { Name: "t", Type: "SCHEDULED", Schedule: "cron(10 * * * ? *)", Actions: [{ JobName: "a" }] },
    also: [
      { ...trigger({}), Schedule: undefined },
      { Type: "ON_DEMAND", Schedule: undefined },
      {
        ...trigger({ Predicate: { Logical: "AND", Conditions: [state({}), state({ JobName: "b" })] } }),
        Schedule: undefined,
      },
      {
        ...trigger({ Predicate: { Conditions: [{ CrawlerName: "c", CrawlState: "SUCCEEDED" }] } }),
        Schedule: undefined,
      },
    ],
    bad: [
      [{ Schedule: "rate(1 hour)" }, /cron\(…\)/],
      [{ Schedule: undefined }, /SCHEDULED needs a Schedule/],
      [{ Type: "ON_DEMAND" }, /for triggers of type SCHEDULED/],
      [{ Predicate: { Conditions: [state({})] } }, /for triggers of type CONDITIONAL/],
      [{ Type: "CONDITIONAL", Schedule: undefined }, /CONDITIONAL a Predicate/],
      [trigger({ Predicate: { Conditions: [] } }), /AND or ANY/],
      [trigger({ Predicate: { Conditions: [state({}), state({ JobName: "b" })] } }), /AND or ANY/],
      [trigger({ Predicate: { Conditions: [state({ State: "RUNNING" })] } }), /one of SUCCEEDED/],
      [trigger({ Predicate: { Conditions: [state({ State: undefined })] } }), /must have a state/],
      [trigger({ Predicate: { Conditions: [state({ CrawlerName: "c" })] } }), /exactly one of JobName, CrawlerName/],
      [{ Actions: [] }, /at least one action/],
      [{ Actions: [{ JobName: "a", CrawlerName: "b" }] }, /each a job's or a crawler's/],
      [{ Type: "ON_DEMAND", Schedule: undefined, StartOnCreation: true }, /not possible for ON_DEMAND/],
    ],
  },
  {
    call: "glue.CreateDatabase",
    good: { DatabaseInput: { Name: "my_db" } },
    bad: [[{ DatabaseInput: { Name: "MyDb" } }, /lower case/]],
  },
  {
    call: "glue.CreateTable",
    good: table({}),
    also: [
      projected({}),
      projected({ "projection.day.range": "NOW-3YEARS,NOW+1DAY" }),
      projected({ "projection.day.type": "enum", "projection.day.values": "a,b" }),
      projected({ "projection.day.type": "integer", "projection.day.range": "0,23", "projection.day.digits": "2" }),
      projected({ "projection.day.type": "injected" }),
      table({ Parameters: { "projection.enabled": "false" }, PartitionKeys: [key("day")] }),
    ],
    bad: [
      [table({ Name: "T" }), /lower case/],
      [table({ StorageDescriptor: { Columns: [key("A")] } }), /lower case/],
      [table({ StorageDescriptor: { Columns: [key("a", "text")] } }), /Hive type/],
      [table({ PartitionKeys: [key("a")] }), /alike/],
      [projected({ "projection.day.type": undefined }), /day\.type must be/],
      [projected({ "projection.day.type": "number" }), /day\.type must be/],
      [projected({ "projection.day.range": "yesterday,NOW" }), /two dates/],
      [projected({ "projection.day.format": undefined }), /date format/],
      [projected({ "projection.day.interval": "0" }), /interval/],
      [projected({ "projection.day.type": "enum" }), /list the values/],
      [projected({ "projection.day.type": "integer", "projection.day.range": "9,1" }), /lower first/],
      [
        projected({ "projection.day.type": "integer", "projection.day.range": "1,9", "projection.day.digits": "two" }),
        /digits/,
      ],
      [projected({ "projection.hour.type": "integer" }), /for no partition key/],
      [projected({ "storage.location.template": "s3://b/x/" }), /must hold \$\{day\}/],
      [projected({ "storage.location.template": "b/${day}/" }), /s3:\/\/ path/],
    ],
  },
  {
    call: "glue.CreateSecurityConfiguration",
    good: encryption({ S3Encryption: [{ S3EncryptionMode: "SSE-KMS", KmsKeyArn: "k" }] }),
    bad: [
      [encryption({ S3Encryption: [{ S3EncryptionMode: "SSE-KMS" }] }), /names KMS/],
      [encryption({ JobBookmarksEncryption: { JobBookmarksEncryptionMode: "DISABLED", KmsKeyArn: "k" } }), /names KMS/],
      [encryption({ CloudWatchEncryption: { CloudWatchEncryptionMode: "SSE-KMS" } }), /names KMS/],
    ],
  },
  {
    call: "athena.CreateWorkGroup",
    good: { Configuration: { BytesScannedCutoffPerQuery: 10_000_000 } },
    also: [results({}), results({ EncryptionConfiguration: { EncryptionOption: "SSE_KMS", KmsKey: "k" } })],
    bad: [
      [results({ OutputLocation: "b/x" }), /s3:\/\/ path/],
      [results({ EncryptionConfiguration: { EncryptionOption: "SSE_KMS" } }), /must have KmsKey/],
      [results({ EncryptionConfiguration: { EncryptionOption: "SSE_S3", KmsKey: "k" } }), /must have KmsKey/],
    ],
  },
  {
    call: "athena.CreateNamedQuery",
    good: { QueryString: "SELECT 1" },
    bad: [[{ QueryString: "é".repeat(131_073) }, /262,144 bytes/]],
  },
];

judgeAll(CASES);

describe("Hive types", () => {
  const leaf = fc.constantFrom(
    "int",
    "string",
    "decimal(10,2)",
    "char(3)",
    "varchar(65535)",
    "timestamp",
    "date",
    "boolean",
    "binary",
  );
  const type = fc.letrec<{ any: string }>((tie) => ({
    any: fc.oneof(
      { maxDepth: 4 },
      leaf,
      tie("any").map((of) => `array<${of}>`),
      fc.tuple(leaf, tie("any")).map(([key, of]) => `map<${key},${of}>`),
      fc
        .array(tie("any"), { minLength: 1, maxLength: 3 })
        .map((of) => `struct<${of.map((one, i) => `f${i}:${one}`).join(",")}>`),
      fc.array(tie("any"), { minLength: 1, maxLength: 2 }).map((of) => `uniontype<${of.join(", ")}>`),
    ),
  })).any;

  it("are known however they nest", () => {
    fc.assert(
      fc.property(type, (one) => {
        expect(isHiveType(one)).to.equal(true);
        expect(isHiveType(`${one}>`)).to.equal(false);
        expect(isHiveType(`array<${one}`)).to.equal(false);
      }),
    );
  });

  for (const bad of [
    "text",
    "integer",
    "decimal(39,1)",
    "decimal(5,6)",
    "char(256)",
    "varchar(0)",
    "array<>",
    "array<int,int>",
    "map<int>",
    "map<array<int>,int>",
    "struct<int>",
    "struct<a:>",
    "struct<a:int,>",
    "json",
    "",
  ]) {
    it(`do not include "${bad}"`, () => expect(isHiveType(bad)).to.equal(false));
  }
});
