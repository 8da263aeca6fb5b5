import Table from "cli-table3";
import { Option, type Command } from "commander";
import type { TargetName } from "../stack/target-name";
import { withAnyOutputs, withOutputs } from "./data";
import { stackOption, targetOption } from "./options";

interface QueryFlags {
  stack: string;
  target: TargetName;
  workgroup: "bi" | "adhoc";
  layer: "bronze" | "silver" | "gold";
  engine: "athena" | "redshift";
  json?: boolean;
}

/** `query`: one query through one of the stack's workgroups, with what it scanned, or on its warehouse. */
export function addQueryCommand(program: Command): void {
  program
    .command("query")
    .description("ask Athena, where table names without a database are those of --layer, or Redshift")
    .argument("<sql>", "SQL of Athena engine version 3 (Trino), or of Amazon Redshift")
    .addOption(stackOption())
    .addOption(targetOption())
    .addOption(new Option("--workgroup <name>", "bi or adhoc").choices(["bi", "adhoc"]).default("adhoc"))
    .addOption(new Option("--layer <layer>", "database").choices(["bronze", "silver", "gold"]).default("gold"))
    .addOption(new Option("--engine <engine>", "who answers").choices(["athena", "redshift"]).default("athena"))
    .option("--json", "print the answer as JSON")
    .action(async (sql: string, { workgroup, layer, engine, json, ...at }: QueryFlags) => {
      if (engine === "redshift") {
        await askWarehouse(sql, at, json === true);
        return;
      }
      const { queryAthena } = await import("../stack/athena.js");
      const { humanBytes } = await import("../demo/summary.js");
      const { requireOwnLake } = await import("../stack/outputs.js");
      await withAnyOutputs(at, async ({ clients, outputs }, signal) => {
        if (layer !== "gold") requireOwnLake(at.stack, outputs);
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

async function askWarehouse(sql: string, at: Pick<QueryFlags, "stack" | "target">, json: boolean): Promise<void> {
  const { queryWarehouse } = await import("../stack/warehouse.js");
  await withOutputs(at, async ({ clients, outputs }) => {
    const { rows, seconds } = await queryWarehouse(clients, outputs, sql);
    if (json) {
      process.stdout.write(`${JSON.stringify({ rows, seconds }, undefined, 2)}\n`);
      return;
    }
    const table = new Table({});
    table.push(...rows.map((row) => row.map((cell) => (cell === null ? "" : String(cell)))));
    process.stdout.write(`${table.toString()}\n${String(rows.length)} rows, ${seconds.toFixed(2)} s\n`);
  });
}
