import { GetTableCommand } from "@aws-sdk/client-glue";
import { expect } from "chai";
import program from "../../../index";
import type { EphemeralStack } from "../../../automation/ephemeral-stack";
import { queryAthena, type QueryAnswer } from "../../../automation/stack/athena";
import type { AwsClients } from "../../../automation/stack/clients";
import type { StackOutputs } from "../../../automation/stack/outputs";
import { openStack, setProgramConfig } from "../../../automation/stack/workspace";

/** A deployed stack, and who asks it. */
export interface Asked {
  stack: EphemeralStack;
  outputs: StackOutputs;
  bi: AwsClients;
  analyst: AwsClients;
  operator: AwsClients;
}

/** Columns by which one person's rows could be put together again. */
const IDS = ["user_key", "user_id", "anonymous_id", "session_key"];
const HIDDEN =
  /COLUMN_NOT_FOUND: line 1:8: Column 'user_id' cannot be resolved or requester is not authorized to access/;

/** Declares what Lake Formation changes for a stack that has been up without it; the stack has gold. */
export function describeLakeGrants(asked: () => Asked): void {
  describe("with Lake Formation", () => {
    let at: Asked;
    const ask = (who: "bi" | "analyst" | "operator", sql: string): Promise<QueryAnswer> => {
      const { outputs } = at;
      const workgroup = who === "bi" ? outputs.biWorkgroup : outputs.adhocWorkgroup;
      return queryAthena(at[who].athena, { workgroup, database: outputs.goldDatabase }, sql);
    };
    const refused = (who: "bi" | "analyst", sql: string): Promise<string> =>
      ask(who, sql).then(() => "nothing: it was let in", String);

    before(async () => {
      at = asked();
      const governed = { lakeFormation: true, lakeReaders: [] };
      await setProgramConfig(await openStack(at.stack.name, at.stack.target, program), governed);
      await at.stack.up();
    });

    it("shows dashboards the facts without ids, which are as if they were not there", async () => {
      const { columns, rows } = await ask("bi", "SELECT * FROM fact_clicks LIMIT 3");
      expect(rows).to.have.length(3);
      expect(columns).to.include.members(["event_id", "revenue", "geo_country", "event_date"]);
      expect(columns.filter((column) => IDS.includes(column))).to.deep.equal([]);
      expect(await refused("bi", "SELECT user_id FROM fact_clicks")).to.match(HIDDEN);
      expect(await refused("bi", "SELECT count(*) FROM fact_clicks WHERE user_id = 'u'")).to.contain(
        "COLUMN_NOT_FOUND",
      );
      expect(await refused("bi", "SELECT email_hash FROM dim_users")).to.contain("COLUMN_NOT_FOUND");
    });

    it("tells dashboards nothing of ids by the catalog either", async () => {
      const table = new GetTableCommand({ DatabaseName: at.outputs.goldDatabase, Name: "dim_users" });
      const namesFor = async ({ glue }: AwsClients): Promise<unknown> =>
        (await glue.send(table)).Table?.StorageDescriptor?.Columns?.map(({ Name }) => Name);
      expect(await namesFor(at.bi)).to.deep.equal([
        "signup_date",
        "country",
        "tier",
        "first_seen_ts",
        "last_seen_ts",
        "attributes_ts",
      ]);
      expect(await namesFor(at.operator)).to.include("email_hash");
    });

    it("lets analysts select ids, and all by the role of the location", async () => {
      const sql = "SELECT count(DISTINCT user_key), count(*) FROM fact_clicks";
      const mine = await ask("analyst", sql);
      expect(Number(mine.rows[0]?.[0])).to.be.greaterThan(1);
      // Who has not opted in goes on by IAM.
      expect((await ask("operator", sql)).rows).to.deep.equal(mine.rows);
    });
  });
}
