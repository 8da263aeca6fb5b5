import { expect } from "chai";
import type { Recording } from "../../support/cloud-mocks";
import { make, NAME, PEOPLE, THROUGH_ATHENA } from "./identities";

describe("the privacy officer", () => {
  let recording: Recording;
  before(async () => (recording = await make(PEOPLE)));

  const statements = (): { Sid: string; Action: string | string[]; Resource: string | string[] }[] => {
    const text = String(recording.inputs("RolePolicy", `${NAME}-privacy`)["policy"]);
    return (JSON.parse(text) as { Statement: ReturnType<typeof statements> }).Statement;
  };
  const on = (action: string): string[] =>
    statements()
      .filter(({ Action }) => [Action].flat().includes(action))
      .flatMap(({ Resource }) => Resource);

  it("deletes old versions of what an erasure touches, and no current object", () => {
    expect(on("s3:DeleteObjectVersion")).to.deep.equal([
      ...["events", "quarantine", "subjects", "privacy/requests", "privacy/located", "privacy/suppression"].map(
        (folder) => `arn:aws:s3:::silver-bucket/${folder}/*`,
      ),
      ...["fact_clicks", "dim_users", "archive/fact_clicks"].map((folder) => `arn:aws:s3:::gold-bucket/${folder}/*`),
      "arn:aws:s3:::jobs/tmp/*",
      "arn:aws:s3:::results/*",
    ]);
    expect(on("s3:DeleteObject")).to.deep.equal([]);
    expect(on("s3:PutObject")).to.deep.equal([
      "arn:aws:s3:::results/adhoc/*",
      ...["requests", "suppression", "certificates"].map((folder) => `arn:aws:s3:::silver-bucket/privacy/${folder}/*`),
    ]);
  });

  it("reads rows through Athena only, and raw objects not at all", () => {
    expect(recording.statement("RolePolicy", `${NAME}-privacy`, "ExportRows")).to.deep.include({
      Resource: [
        "arn:aws:s3:::silver-bucket/events/*",
        "arn:aws:s3:::silver-bucket/quarantine/*",
        "arn:aws:s3:::gold-bucket/dim_users/*",
      ],
      Condition: THROUGH_ATHENA,
    });
    expect(JSON.stringify(statements())).not.to.contain("bronze");
  });

  it("takes nothing out of the ledger but which request of a person counts", () => {
    expect(recording.statement("RolePolicy", `${NAME}-privacy`, "Forget")).to.deep.include({
      Action: "dynamodb:DeleteItem",
      Resource: "arn:ledger",
      Condition: { "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": ["subject"] } },
    });
    expect(on("dynamodb:DeleteItem")).to.deep.equal(["arn:ledger", "arn:table"]);
    expect(on("dynamodb:UpdateItem")).to.deep.equal(["arn:table"]);
  });

  it("changes no table: only a restored date leaves the catalog", () => {
    const changing = statements()
      .flatMap(({ Action }) => Action)
      .filter((one) => /^glue:(?!Get|BatchGet)/.test(one));
    expect(changing).to.deep.equal(["glue:StartJobRun", "glue:BatchStopJobRun", "glue:BatchDeletePartition"]);
    expect(on("glue:BatchDeletePartition").at(-1)).to.match(/:table\/x_gold\/fact_clicks_restored$/);
  });

  it("has the two keys of hashes, which no other person has", () => {
    expect(on("secretsmanager:GetSecretValue")).to.deep.equal(["arn:subjects", "arn:pseudonyms"]);
  });
});
