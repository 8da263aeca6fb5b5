import { UserError } from "../errors";
import type { StackOutputs } from "./outputs";

/** Name of the operations table (handlers/operations/state.ts). @throws UserError where the deployed program had none */
export function operationsTableOf(outputs: Pick<StackOutputs, "pipelineName" | "operationsTable">): string {
  // Outputs are those of the last `up`, which may have been an older version's: the type cannot know.
  const table: string | undefined = outputs.operationsTable;
  if (table !== undefined && table !== "") return table;
  throw new UserError(
    `The stack ${outputs.pipelineName} has no operations table.`,
    "It was deployed by an older version of the program: bring it up again.",
  );
}
