/**
 * The driver as a library: throw-away copies of the pipeline for tests and scripts. docs/driver.md has an example.
 *
 * @module
 */
export {
  DEFAULT_TTL,
  EphemeralStack,
  withEphemeralStack,
  type EphemeralStackOptions,
  type StackSession,
} from "./ephemeral-stack";
export type { Age } from "./driver/age";
export { DrivenStack, type QueryOptions } from "./driver/driven-stack";
export type { Phase, ResourceOperation, StackEvent } from "./driver/events";
export { TAG } from "./driver/tags";
export { UserError } from "./errors";
export type { ExpectedCounts } from "./generate/generator";
export type { GenerateOptions } from "./generate/options";
export type { LandedSummary } from "./ingest/lander";
export type { PurchaseAlert } from "./stack/alert-probe";
export type { QueryAnswer } from "./stack/athena";
export type { EtlOptions, GoldReport, SilverReport } from "./stack/etl";
export { InterruptedError } from "./stack/interruption";
export type { StackOutputs } from "./stack/outputs";
export type { Deployment, ResourceChanges } from "./stack/pipeline-stack";
export type { Target } from "./stack/target";
export type { TargetName } from "./stack/target-name";
export type { ProgramConfig } from "./stack/workspace";
export type { WarehouseAnswer } from "./stack/warehouse";
export { LeftoversError } from "./sweep/leftovers";
