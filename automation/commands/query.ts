import Table from "cli-table3";
import { Option, type Command } from "commander";
import type { TargetName } from "../stack/target-name";
import { withOutputs } from "./data";
import { stackOption, targetOption } from "./options";

interface QueryFlags {
  stack: string;
  target: TargetName;
  workgroup: "bi" | "adhoc";
  layer: "bronze" | "silver" | "gold";
  json?: boolean;
}

/** `query`: one Athena query through one of the stack's workgroups, with what it scanned. */
export function addQueryCommand(program: Command): void {
  program
    .command("query")
    .description("ask Athena; table names without a database are those of --layer")
    .argument("<sql>", "Athena engine version 3 (Trino) SQL")
    .addOption(stackOption())
    .addOption(targetOption())
    .addOption(new Option("--workgroup <name>", "bi or adhoc").choices(["bi", "adhoc"]).default("adhoc"))
    .addOption(new Option("--layer <layer>", "database").choices(["bronze", "silver", "gold"]).default("gold"))
    .option("--json", "print the answer as JSON")
    .action(async (sql: string, { workgroup, layer, json, ...at }: QueryFlags) => {
      const { queryAthena } = await import("../stack/athena.js");
      const { humanBytes } = await import("../demo/summary.js");
      await withOutputs(at, async ({ clients, outputs }, signal) => {
        const from = {
          workgroup: workgroup === "bi" ? outputs.biWorkgroup : outputs.adhocWorkgroup,
          database: outputs[`${layer}Database`],
        };
        const answer = await queryAthena(clients.athena, from, sql, signal);
        if (json === true) {
          process.stdout.write(`${JSON.stringify(answer, undefined, 2)}\n`);
          return;
        }
        const table = new Table({ head: answer.columns });
        table.push(...answer.rows.map((row) => row.map((cell) => cell ?? "")));
        process.stdout.write(`${table.toString()}\n`);
        process.stdout.write(
          `${String(answer.rows.length)} rows, ${answer.seconds.toFixed(2)} s, ${humanBytes(answer.bytesScanned)} scanned\n`,
        );
      });
    });
}
