import { access, constants, writeFile } from "node:fs/promises";
import path from "node:path";
import { assumed } from "../costs/assumptions";
import { billOf } from "../costs/bill";
import { loadPrices } from "../costs/prices";
import { messageOf, UserError } from "../errors";
import { deployedFrom } from "../graph/deployed";
import type { PipelineStack } from "../stack/pipeline-stack";
import { collectReport, type ReportRequest } from "./collect";
import { reportPage } from "./page";

/** Which report to write. */
export interface ReportOptions extends Omit<ReportRequest, "bill"> {
  /** The stack, whose state the cost model reads. */
  stack: Pick<PipelineStack, "name" | "exported">;
  file: string;
}

/** Collects, draws and writes a report. @returns its size in bytes */
export async function writeReport({ stack, file, ...request }: ReportOptions): Promise<number> {
  const data = await collectReport({ ...request, bill: () => servicesOf(stack) });
  const page = await reportPage(data);
  await writeFile(file, page);
  return Buffer.byteLength(page);
}

/** @throws UserError where the file cannot be written: known before anything is read */
export async function checkReportFile(file: string): Promise<void> {
  const folder = path.dirname(path.resolve(file));
  await access(folder, constants.W_OK).catch((cause: unknown) => {
    throw new UserError(`${file} cannot be written: ${messageOf(cause)}`, "Give it a folder that is there.", { cause });
  });
}

/** USD of a month by service, the dearest first. */
async function servicesOf(stack: ReportOptions["stack"]): Promise<{ service: string; usd: number }[]> {
  const { state, config } = await stack.exported();
  const deployed = deployedFrom(stack.name, state, config);
  if (deployed === undefined) return [];
  return [...billOf({ ...deployed, assumed: assumed(), prices: loadPrices() }).services];
}
