import * as sdk from "@aws-sdk/client-redshift-data";
import { mockClient } from "aws-sdk-client-mock";
import { expect } from "chai";
import { connectWarehouse, type Warehouse } from "../../../../handlers/warehouse/data-api";
import { readTarget } from "../../../../handlers/warehouse/settings";
import { fakeClock } from "./fake-warehouse";

const TARGET = { kind: "cluster", name: "c", database: "d", secretArn: "arn:secret" } as const;

describe("the warehouse behind the Data API", () => {
  const api = mockClient(sdk.RedshiftDataClient);
  let clock: ReturnType<typeof fakeClock>;
  let warehouse: Warehouse;
  beforeEach(() => {
    api.reset();
    clock = fakeClock();
    warehouse = connectWarehouse(new sdk.RedshiftDataClient({ region: "eu-west-1" }), sdk, TARGET, clock);
    api.on(sdk.ExecuteStatementCommand).resolves({ Id: "1" });
    api.on(sdk.BatchExecuteStatementCommand).resolves({ Id: "2" });
  });

  it("waits for the end, reads every page, and keeps the types", async () => {
    api
      .on(sdk.DescribeStatementCommand)
      .resolvesOnce({ Id: "1", Status: "STARTED" })
      .resolves({ Id: "1", Status: "FINISHED", HasResultSet: true });
    api
      .on(sdk.GetStatementResultCommand)
      .resolvesOnce({ Records: [[{ stringValue: "" }, { longValue: 0 }]], NextToken: "next" })
      .resolves({ Records: [[{ isNull: true }, { booleanValue: false }]] });
    expect(await warehouse.query("SELECT :a", { a: "x" })).to.deep.equal([
      ["", 0],
      [null, false],
    ]);
    expect(clock.slept).to.deep.equal([100]);
    expect(api.commandCalls(sdk.ExecuteStatementCommand)[0]?.args[0].input).to.deep.equal({
      ClusterIdentifier: "c",
      Database: "d",
      SecretArn: "arn:secret",
      Sql: "SELECT :a",
      Parameters: [{ name: "a", value: "x" }],
    });
  });

  it("sends a transaction as one batch, and a batch of one as the statement that it is", async () => {
    api.on(sdk.DescribeStatementCommand).resolves({ Status: "FINISHED" });
    await warehouse.transaction(["A", "B"]);
    expect(api.commandCalls(sdk.BatchExecuteStatementCommand)[0]?.args[0].input.Sqls).to.deep.equal(["A", "B"]);
    await warehouse.transaction(["A"]);
    await warehouse.transaction([]);
    expect(api.commandCalls(sdk.ExecuteStatementCommand)).to.have.length(1);
    const many = await warehouse.transaction(Array.from({ length: 41 }, () => "A")).catch((error: unknown) => error);
    expect(String(many)).to.contain("41 statements").and.contain("40");
  });

  it("names the statement of a batch that failed, and why", async () => {
    api.on(sdk.DescribeStatementCommand).resolves({
      Status: "FAILED",
      Error: "Query #2 failed",
      SubStatements: [
        { Id: "2:1", Status: "FINISHED", QueryString: "A" },
        { Id: "2:2", Status: "FAILED", QueryString: "COPY\n  t", Error: "ERROR: no such bucket" },
      ],
    });
    const error = await warehouse.transaction(["A", "COPY t"]).catch((reason: unknown) => reason);
    expect(String(error)).to.contain("statement 2 of 2: ERROR: no such bucket — in: COPY t");
  });

  it("cancels what it cannot wait for, so that no lock outlives it", async () => {
    api.on(sdk.DescribeStatementCommand).resolves({ Status: "STARTED", QueryString: "LOCK" });
    api.on(sdk.CancelStatementCommand).resolves({ Status: true });
    const error = await warehouse.query("LOCK").catch((reason: unknown) => reason);
    expect(String(error)).to.contain("no time left for: LOCK");
    expect(api.commandCalls(sdk.CancelStatementCommand)).to.have.length(1);
  });

  it("goes to a workgroup when there is no cluster, and names what is not set", () => {
    const env = { WAREHOUSE_WORKGROUP: "w", WAREHOUSE_DATABASE: "d", WAREHOUSE_SECRET_ARN: "s" };
    expect(readTarget(env)).to.deep.equal({ kind: "workgroup", name: "w", database: "d", secretArn: "s" });
    expect(() => readTarget({ WAREHOUSE_CLUSTER: "c" })).to.throw("WAREHOUSE_DATABASE");
  });
});
