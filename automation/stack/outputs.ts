import type { Unwrap } from "@pulumi/pulumi";
import type { LakeReaderOutputs } from "../../components/lake-reader";
import type { PipelineOutputs } from "../../components/types";
import { stackOfPipeline } from "../../config-lake";
import { UserError } from "../errors";

/** The program's stack outputs as the engine gives them back: plain values. */
export type StackOutputs = Unwrap<PipelineOutputs>;

/** Those of a stack that reads another's lake. */
export type ReaderOutputs = Unwrap<LakeReaderOutputs>;
/** What both kinds of stack have. */
export type ServingOutputs = Pick<StackOutputs, keyof StackOutputs & keyof ReaderOutputs>;

/** Pipeline whose lake the stack reads; undefined where the lake is its own. */
export function lakeOwnerOf(outputs: StackOutputs | ServingOutputs): string | undefined {
  return (outputs as Partial<ReaderOutputs>).lakeOwner;
}

/** @throws UserError for a stack that reads another's lake: what is asked for needs the lake itself */
export function requireOwnLake(stack: string, outputs: StackOutputs | ServingOutputs): void {
  const owner = lakeOwnerOf(outputs);
  if (owner === undefined) return;
  throw new UserError(
    `The stack "${stack}" reads the lake of ${owner}; it has no layers, jobs or alerts of its own.`,
    `Give this command for the stack that owns the lake: --stack ${stackOfPipeline(owner)}. Here works: query, access, policy, team check.`,
  );
}
