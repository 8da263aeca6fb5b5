import type { Unwrap } from "@pulumi/pulumi";
import type { PipelineOutputs } from "../../components/types";

/** The program's stack outputs as the engine gives them back: plain values. */
export type StackOutputs = Unwrap<PipelineOutputs>;
