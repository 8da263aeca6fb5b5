import {
  AthenaClient,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  StartQueryExecutionCommand,
} from "@aws-sdk/client-athena";
import { ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import {
  DescribeSecretCommand,
  GetRandomPasswordCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from "@aws-sdk/client-secrets-manager";
import { mockClient } from "aws-sdk-client-mock";
import { expect } from "chai";
import { UserError } from "../../../../automation/errors";
import { landingDate, planRekey, type RekeyOptions } from "../../../../automation/pseudonyms/rekey";
import { drawKey, forgetPrevious, versionsOf } from "../../../../automation/pseudonyms/secret";
import { differences } from "../../../../automation/pseudonyms/shape";
import type { AwsClients } from "../../../../automation/stack/clients";
import type { StackOutputs } from "../../../../automation/stack/outputs";

const ARN = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:pseudonyms";

describe("new pseudonyms", () => {
  it("compare every figure, also one that only one side has", () => {
    expect(differences({ users: 3, rows: 9 }, { rows: 9, users: 3 })).to.deep.equal([]);
    expect(differences({ users: 3, rows: 9 }, { users: 2, sales: 1 })).to.deep.equal([
      "users: 3 before, 2 after",
      "rows: 9 before, none after",
      "sales: none before, 1 after",
    ]);
  });

  it("know the date of a raw object by its path, and of nothing else", () => {
    expect(landingDate("events/year=2026/month=03/day=09/hour=11/a.json.gz", "events/")).to.equal("2026-03-09");
    expect(landingDate("events/year=2026/month=3/a.json", "events/")).to.equal(undefined);
    expect(landingDate("events/README", "events/")).to.equal(undefined);
  });

  it("draw the key at Secrets Manager under the version that was noted, and take the stage of the old one at the end", async () => {
    const secrets = mockClient(SecretsManagerClient);
    const client = new SecretsManagerClient({ region: "eu-west-1" });
    secrets.on(GetRandomPasswordCommand).resolves({ RandomPassword: "drawn" });
    secrets.on(DescribeSecretCommand).resolves({
      VersionIdsToStages: { one: ["AWSPREVIOUS"], two: ["AWSCURRENT"], zero: [] },
    });
    await drawKey(client, ARN, "two");
    expect(secrets.commandCalls(GetRandomPasswordCommand)[0]?.args[0].input).to.deep.equal({
      PasswordLength: 64,
      ExcludePunctuation: true,
    });
    expect(secrets.commandCalls(PutSecretValueCommand)[0]?.args[0].input).to.deep.equal({
      SecretId: ARN,
      ClientRequestToken: "two",
      SecretString: "drawn",
    });
    expect(await versionsOf(client, ARN)).to.deep.equal({ current: "two", previous: "one" });
    await forgetPrevious(client, ARN);
    expect(secrets.commandCalls(UpdateSecretVersionStageCommand)[0]?.args[0].input).to.deep.equal({
      SecretId: ARN,
      VersionStage: "AWSPREVIOUS",
      RemoveFromVersionId: "one",
    });
    secrets.on(DescribeSecretCommand).resolves({ VersionIdsToStages: { two: ["AWSCURRENT"] } });
    await forgetPrevious(client, ARN);
    expect(secrets.commandCalls(UpdateSecretVersionStageCommand), "nothing to forget").to.have.length(1);
  });

  it("are refused where silver has rows whose raw objects are gone, before anything is changed", async () => {
    const athena = mockClient(AthenaClient);
    athena.on(StartQueryExecutionCommand).resolves({ QueryExecutionId: "q" });
    athena.on(GetQueryExecutionCommand).resolves({ QueryExecution: { Status: { State: "SUCCEEDED" } } });
    const rows = ["source_file", "events/year=2025/month=01/day=01/hour=00/gone.json"];
    athena.on(GetQueryResultsCommand).resolves({
      ResultSet: {
        Rows: rows.map((VarCharValue) => ({ Data: [{ VarCharValue }] })),
        ResultSetMetadata: { ColumnInfo: [{ Name: "source_file", Type: "varchar" }] },
      },
    });
    const s3 = mockClient(S3Client);
    s3.on(ListObjectsV2Command).resolves({ Contents: [{ Key: "events/year=2026/month=01/day=01/hour=00/a.json" }] });
    const secrets = mockClient(SecretsManagerClient);
    const region = "eu-west-1";
    const clients = { athena: new AthenaClient({ region }), s3: new S3Client({ region }) } as unknown as AwsClients;
    const outputs = {
      rawBucket: "raw",
      eventsPrefix: "events/",
      silverDatabase: "s",
      adhocWorkgroup: "w",
    } as StackOutputs;
    const options = { signal: new AbortController().signal } as RekeyOptions;
    const refusal: unknown = await planRekey({ clients, outputs }, options).catch((error: unknown) => error);
    expect(refusal).to.be.instanceOf(UserError);
    expect((refusal as UserError).problem).to.match(/^1 raw objects .* are gone \(events\/year=2025.*gone\.json\)\.$/);
    expect(secrets.calls()).to.deep.equal([]);
  });
});
