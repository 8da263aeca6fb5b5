import { z } from "zod";
import {
  DEFAULT_BASE_RPUS,
  DEFAULT_MAX_RPUS,
  DEFAULT_NODE_TYPE,
  DEFAULT_NODES,
  DEFAULT_SNAPSHOT_DAYS,
  DEFAULT_SPECTRUM_TB_PER_DAY,
  NODE_TYPES,
  WAREHOUSE_MODES,
} from "./components/warehouse/settings";
import { orNothing, schedule, wholeNumber, type KeySpec } from "./config-values";

const rpus = wholeNumber(8, 512).refine((value) => value % 8 === 0);

/** Keys of the warehouse. */
export const WAREHOUSE_KEYS = {
  warehouseMode: {
    schema: z.enum(WAREHOUSE_MODES).default("none"),
    rule: `must be one of ${WAREHOUSE_MODES.join(", ")}`,
    example: "provisioned",
  },
  warehouseNodeType: {
    schema: z.enum(NODE_TYPES).default(DEFAULT_NODE_TYPE),
    rule: `must be one of ${NODE_TYPES.join(", ")}`,
    example: DEFAULT_NODE_TYPE,
  },
  warehouseNodes: {
    schema: wholeNumber(1, 128).default(DEFAULT_NODES),
    rule: "must be a whole number of nodes from 1 to 128",
    example: String(DEFAULT_NODES),
  },
  warehouseBaseRpus: {
    schema: rpus.default(DEFAULT_BASE_RPUS),
    rule: "must be a whole number of RPUs from 8 to 512 in steps of 8",
    example: String(DEFAULT_BASE_RPUS),
  },
  warehouseMaxRpus: {
    schema: rpus.default(DEFAULT_MAX_RPUS),
    rule: "must be a whole number of RPUs from 8 to 512 in steps of 8",
    example: String(DEFAULT_MAX_RPUS),
  },
  warehouseSnapshotDays: {
    schema: wholeNumber(1, 35).default(DEFAULT_SNAPSHOT_DAYS),
    rule: "must be a whole number of days from 1 to 35",
    example: String(DEFAULT_SNAPSHOT_DAYS),
  },
  warehousePauseSchedule: {
    schema: orNothing(schedule).optional(),
    rule: "must be cron(minutes hours day-of-month month day-of-week year) in UTC, or empty",
    example: "'cron(0 19 ? * MON-FRI *)'",
  },
  warehouseResumeSchedule: {
    schema: orNothing(schedule).optional(),
    rule: "must be cron(minutes hours day-of-month month day-of-week year) in UTC, or empty",
    example: "'cron(0 6 ? * MON-FRI *)'",
  },
  warehouseIdleMinutes: {
    schema: wholeNumber(0, 1440).default(0),
    rule: "must be a whole number of minutes from 0 (never sleeps) to 1440",
    example: "60",
  },
  warehouseSpectrumTbPerDay: {
    schema: wholeNumber(1, 10_000).default(DEFAULT_SPECTRUM_TB_PER_DAY),
    rule: "must be a whole number of TB from 1 to 10000",
    example: String(DEFAULT_SPECTRUM_TB_PER_DAY),
  },
} as const satisfies Record<string, KeySpec>;
