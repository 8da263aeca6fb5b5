import { setTimeout as sleep } from "node:timers/promises";
import { InvokeCommand } from "@aws-sdk/client-lambda";
import * as dataApi from "@aws-sdk/client-redshift-data";
import { connectWarehouse, type Cell } from "../../handlers/warehouse/data-api";
import type { LoadReport } from "../../handlers/warehouse/load";
import type { LoadRequest } from "../../handlers/warehouse/loader";
import { UserError } from "../errors";
import type { AwsClients } from "./clients";
import type { StackOutputs } from "./outputs";

/** Longest wait for a statement of a person, in milliseconds. */
const PATIENCE_MS = 15 * 60_000;

/** Fails with the way out when the stack has no warehouse. */
export function requireWarehouse(outputs: StackOutputs): "cluster" | "workgroup" {
  const { warehouseKind } = outputs;
  if (warehouseKind === "cluster" || warehouseKind === "workgroup") return warehouseKind;
  throw new UserError(
    `The stack ${outputs.pipelineName} has no warehouse (warehouseMode is none).`,
    "Set clickstream:warehouseMode to provisioned or serverless and bring the stack up again, or ask Athena.",
  );
}

/** Lets the stack's own loader bring the warehouse to what gold has; the same code as after each run of the job. */
export async function loadNow(clients: AwsClients, outputs: StackOutputs, request: LoadRequest): Promise<LoadReport> {
  requireWarehouse(outputs);
  const answer = await clients.lambda.send(
    new InvokeCommand({ FunctionName: outputs.warehouseLoader, Payload: Buffer.from(JSON.stringify(request)) }),
  );
  const payload = JSON.parse(Buffer.from(answer.Payload ?? []).toString("utf8") || "null") as unknown;
  if (answer.FunctionError !== undefined) {
    const { errorMessage } = (payload ?? {}) as { errorMessage?: string };
    throw new UserError(
      `The load failed: ${errorMessage ?? answer.FunctionError}`,
      "The warehouse keeps the rows that it had. Mend what the message names and load again.",
    );
  }
  return payload as LoadReport;
}

/** An answer of the warehouse. */
export interface WarehouseAnswer {
  rows: Cell[][];
  seconds: number;
}

/** One statement on the warehouse, as its administrator. */
export async function queryWarehouse(
  clients: AwsClients,
  outputs: StackOutputs,
  sql: string,
): Promise<WarehouseAnswer> {
  const kind = requireWarehouse(outputs);
  const deadline = Date.now() + PATIENCE_MS;
  const warehouse = connectWarehouse(
    clients.redshiftData,
    dataApi,
    {
      kind,
      name: outputs.warehouseName,
      database: outputs.warehouseDatabase,
      secretArn: outputs.warehouseSecretArn,
    },
    { sleep: (milliseconds) => sleep(milliseconds), remaining: () => deadline - Date.now() },
  );
  const started = performance.now();
  const rows = await warehouse.query(sql).catch((error: unknown) => {
    throw new UserError(
      `The warehouse refused: ${error instanceof Error ? error.message : String(error)}`,
      "Mend the statement. The warehouse takes Amazon Redshift's SQL, not Athena's.",
    );
  });
  return { rows, seconds: (performance.now() - started) / 1000 };
}
