import { Command } from "commander";
import { addAccessCommand } from "./commands/access";
import { addBackfillCommand } from "./commands/backfill";
import { addCostCommand } from "./commands/cost";
import { addDataCommands } from "./commands/data";
import { addDemoCommand } from "./commands/demo";
import { addDriftCommand } from "./commands/drift";
import { addEraseCommand } from "./commands/erase";
import { addExportCommand } from "./commands/export";
import { addHeartbeatCommand } from "./commands/heartbeat";
import { addLoadCommand } from "./commands/load";
import { addPolicyCommand } from "./commands/policy";
import { addPseudonymsCommand } from "./commands/pseudonyms";
import { addQuarantineCommand } from "./commands/quarantine";
import { addQueryCommand } from "./commands/query";
import { addReportCommand } from "./commands/report";
import { addRestoreCommand } from "./commands/restore";
import { addSavingsCommand } from "./commands/savings";
import { addStackCommands } from "./commands/stack";
import { addStatusCommand } from "./commands/status";
import { addSweepCommand } from "./commands/sweep";
import { addTeamCommand } from "./commands/team";

/** Every command of the command line, ready to parse; the runbooks' commands are checked against it. */
export function commandLine(): Command {
  const program = new Command("clickstream")
    .description("Deploys, feeds, runs, asks and watches a stack of the clickstream pipeline.")
    .showHelpAfterError("(--help lists the options)");
  addDemoCommand(program);
  addStackCommands(program);
  addDataCommands(program);
  addQueryCommand(program);
  addLoadCommand(program);
  addRestoreCommand(program);
  addSavingsCommand(program);
  addDriftCommand(program);
  addHeartbeatCommand(program);
  addBackfillCommand(program);
  addCostCommand(program);
  addPseudonymsCommand(program);
  addQuarantineCommand(program);
  addStatusCommand(program);
  addReportCommand(program);
  addPolicyCommand(program);
  addAccessCommand(program);
  addEraseCommand(program);
  addExportCommand(program);
  addSweepCommand(program);
  addTeamCommand(program);
  return program;
}
