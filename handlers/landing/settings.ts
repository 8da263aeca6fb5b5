import { OPERATIONS_ENV } from "../operations/state";
import { requireVariable } from "../settings";

/** Variables of the landing check beside those of the operations part. */
export const LANDING_ENV = {
  rawBucket: "LANDING_RAW_BUCKET",
  eventsPrefix: "LANDING_EVENTS_PREFIX",
  stateBucket: "LANDING_STATE_BUCKET",
  statePrefix: "LANDING_STATE_PREFIX",
  queueUrl: "LANDING_QUEUE_URL",
} as const;

/** What the landing check is told by its environment. */
export interface LandingSettings {
  table: string;
  rawBucket: string;
  /** With a final slash, as `statePrefix`. */
  eventsPrefix: string;
  stateBucket: string;
  statePrefix: string;
  queueUrl: string;
  team: string;
  environment: string;
  pipeline: string;
}

/** Reads the settings. @throws Error that names the first variable that is missing */
export function readLandingSettings(env: Record<string, string | undefined>): LandingSettings {
  return {
    table: requireVariable(env, OPERATIONS_ENV.table),
    rawBucket: requireVariable(env, LANDING_ENV.rawBucket),
    eventsPrefix: requireVariable(env, LANDING_ENV.eventsPrefix),
    stateBucket: requireVariable(env, LANDING_ENV.stateBucket),
    statePrefix: requireVariable(env, LANDING_ENV.statePrefix),
    queueUrl: requireVariable(env, LANDING_ENV.queueUrl),
    team: requireVariable(env, OPERATIONS_ENV.team),
    environment: requireVariable(env, OPERATIONS_ENV.environment),
    pipeline: requireVariable(env, OPERATIONS_ENV.pipeline),
  };
}
