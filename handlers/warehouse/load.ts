import { logLine } from "../log";
import type { Clock, Warehouse } from "./data-api";
import { RESERVE_MS } from "./data-api";
import { isEmpty, planLoad, type LoadPlan, type LoadWindow } from "./load-plan";
import {
  BOUNDARY,
  BOUNDARY_MOVED,
  LOADED_DATES,
  LOADED_USERS,
  loadDate,
  loadUsers,
  moveBoundary,
  REFRESH_SALES,
  removeDate,
} from "./load-sql";

/** The lake's catalog as a load sees it. */
export interface LakeCatalog {
  /** Locations of the registered partitions of the facts, by date. */
  dates: () => Promise<Map<string, string>>;
  /** Location of the users' table; undefined before the first run. */
  users: () => Promise<string | undefined>;
}

/** Everything a load needs. */
export interface LoadDependencies {
  warehouse: Warehouse;
  lake: LakeCatalog;
  /** Makes sure that the warehouse takes statements; rejects when it will not in time. */
  wake: () => Promise<void>;
  clock: Clock;
  /** Role that the warehouse takes to read the lake. */
  role: string;
}

/** What a load did. */
export interface LoadReport {
  loaded: string[];
  removed: string[];
  users: boolean;
  /** First hot date at the end. */
  hotFrom: string;
  seconds: number;
}

/** Passes before a load gives up on a lake that moves faster than it is loaded. */
const MAX_PASSES = 5;
/** Tries of one transaction, each of which may lose against another one. */
const MAX_TRIES = 3;
/** Two transactions met (Amazon Redshift, "Serializable isolation"); the loser may come again. */
const CONFLICT = /\b1023\b|serializable isolation/i;

/**
 * Brings the warehouse to what the lake has in the hot window, date by date, each in a transaction of its own.
 *
 * At the end both are compared again: the job may have moved a date meanwhile, and a load that waited for its turn may
 * have written an older state over a newer one.
 */
export async function loadWarehouse(deps: LoadDependencies, window: LoadWindow): Promise<LoadReport> {
  const started = Date.now();
  await deps.wake();
  const report: LoadReport = { loaded: [], removed: [], users: false, hotFrom: "", seconds: 0 };
  // What was asked for again is loaded once, not in every pass.
  let asked = window;
  for (let pass = 1; ; pass += 1) {
    const state = await readState(deps);
    const plan = planLoad(state, asked);
    if (isEmpty(plan)) {
      report.hotFrom = state.boundary;
      break;
    }
    if (pass > MAX_PASSES) throw new Error(`the lake moved during each of ${MAX_PASSES} passes; trying again later`);
    await carryOut(plan, deps, report);
    asked = { ...window, again: false };
  }
  // Also when nothing was loaded: the load before may have died between its last transaction and its refresh.
  await deps.warehouse.execute([REFRESH_SALES]);
  report.seconds = (Date.now() - started) / 1000;
  logLine("info", "the warehouse has what the lake has", { ...report });
  return report;
}

async function readState({ warehouse, lake }: LoadDependencies) {
  const pairs = await warehouse.query(LOADED_DATES);
  const users = await warehouse.query(LOADED_USERS);
  const boundary = (await warehouse.query(BOUNDARY))[0]?.[0];
  if (typeof boundary !== "string") {
    throw new Error("ops.tier_boundary has no row: the warehouse's migrations did not run; deploy the stack again");
  }
  const hotUsers = users[0]?.[0];
  return {
    lake: await lake.dates(),
    hot: new Map(pairs.map(([date, location]) => [String(date), String(location)])),
    lakeUsers: await lake.users(),
    hotUsers: hotUsers === undefined ? undefined : String(hotUsers),
    boundary,
  };
}

async function carryOut(plan: LoadPlan, deps: LoadDependencies, report: LoadReport): Promise<void> {
  const run = (statements: readonly string[]): Promise<void> => inTransaction(statements, deps);
  for (const { date, location } of plan.load) {
    await run(loadDate(date, location, deps.role));
    if (!report.loaded.includes(date)) report.loaded.push(date);
  }
  for (const date of plan.remove) {
    await run(removeDate(date));
    report.removed.push(date);
  }
  if (plan.users !== undefined) {
    await run(loadUsers(plan.users, deps.role));
    report.users = true;
  }
  // Last: until here every date on both sides of the new boundary can be read from one side at least.
  if (plan.boundary !== undefined) {
    await run(moveBoundary(plan.boundary.from, plan.boundary.to)).catch((error: unknown) => {
      // Another load was faster: the next pass sees where it is now.
      if (!String(error).includes(BOUNDARY_MOVED)) throw error;
    });
  }
}

async function inTransaction(statements: readonly string[], { warehouse, clock }: LoadDependencies): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    if (clock.remaining() < RESERVE_MS)
      throw new Error("no time left in this invocation; the next one goes on from here");
    try {
      await warehouse.transaction(statements);
      return;
    } catch (error) {
      if (tries >= MAX_TRIES || !CONFLICT.test(String(error))) throw error;
      await clock.sleep(1_000 * tries);
    }
  }
}
