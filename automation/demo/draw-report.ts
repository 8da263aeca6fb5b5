import { InvokeCommand, type LambdaClient } from "@aws-sdk/client-lambda";
import { writeReport, type ReportOptions } from "../report/write-report";
import type { AwsClients } from "../stack/clients";

/** A demo is over within the hour. */
const DAYS = 1;

/**
 * Writes the report of a stack that has just run. What schedules would do every five minutes and once a day is done
 * before, since a demo does not wait: the stack measures itself, and its query log is published.
 */
export async function drawReport(
  options: Omit<ReportOptions, "now" | "days" | "clients"> & { clients: AwsClients },
): Promise<void> {
  const { lambda } = options.clients;
  const { queryLogFunction, pulseFunction } = options.outputs;
  await invoke(lambda, queryLogFunction, { task: "publish" });
  await invoke(lambda, pulseFunction, { time: new Date().toISOString() });
  await writeReport({ ...options, now: new Date(), days: DAYS });
}

async function invoke(lambda: LambdaClient, name: string, event: object): Promise<void> {
  const command = new InvokeCommand({ FunctionName: name, Payload: Buffer.from(JSON.stringify(event)) });
  const { FunctionError, Payload } = await lambda.send(command);
  if (FunctionError === undefined) return;
  const said = Payload === undefined ? "nothing" : Buffer.from(Payload).toString();
  throw new Error(`The function ${name} failed (${FunctionError}): ${said}`);
}
