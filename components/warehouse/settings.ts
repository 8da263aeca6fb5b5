import type * as pulumi from "@pulumi/pulumi";
import { validateSchedule } from "../etl-schedule";
import { InvalidArgumentError } from "../errors";

/** How the warehouse runs. */
export const WAREHOUSE_MODES = ["provisioned", "serverless", "none"] as const;
/** RA3 nodes that Redshift sells. */
export const NODE_TYPES = ["ra3.large", "ra3.xlplus", "ra3.4xlarge", "ra3.16xlarge"] as const;

/** A node type. */
export type NodeType = (typeof NODE_TYPES)[number];

/** Nodes that a cluster of each type may have (management guide, "RA3 node types"). */
export const MAX_NODES: Readonly<Record<NodeType, number>> = {
  "ra3.large": 16,
  "ra3.xlplus": 32,
  "ra3.4xlarge": 128,
  "ra3.16xlarge": 128,
};

/** Two of the smaller nodes: the hot month of 500 GB of JSON a day is about 1.5 TB of columns, in managed storage. */
export const DEFAULT_NODE_TYPE: NodeType = "ra3.xlplus";
export const DEFAULT_NODES = 2;
/** Snapshots are of derived data: a week covers a holiday (Redshift.3 asks for 7 days). */
export const DEFAULT_SNAPSHOT_DAYS = 7;
/** Smallest compute that AWS recommends for data below 128 GB; the price is by the second of use. */
export const DEFAULT_BASE_RPUS = 8;
export const DEFAULT_MAX_RPUS = 64;
/** What Spectrum may scan a day before it is refused: $5 a TB. */
export const DEFAULT_SPECTRUM_TB_PER_DAY = 2;

/** Not 5439, which every scanner tries first (CIS, Redshift.2's spirit); RA3 takes 5431–5455 and 8191–8215. */
export const WAREHOUSE_PORT = 5440;
/** Not `dev`, the default that Redshift.9 finds fault with. */
export const WAREHOUSE_DATABASE = "clickstream";
/** Not `awsuser` or `admin`, the defaults that Redshift.8 finds fault with. */
export const WAREHOUSE_ADMIN = "warehouse_admin";

/** The hot tier. */
export interface WarehouseSettings {
  mode: (typeof WAREHOUSE_MODES)[number];
  /** Provisioned only. @default `DEFAULT_NODE_TYPE` */
  nodeType?: NodeType;
  /** Provisioned only; one is for development. @default `DEFAULT_NODES` */
  nodes?: number;
  /** Serverless only, in Redshift processing units. @default `DEFAULT_BASE_RPUS` */
  baseRpus?: number;
  /** Serverless only. @default `DEFAULT_MAX_RPUS` */
  maxRpus?: number;
  /** @default `DEFAULT_SNAPSHOT_DAYS` */
  snapshotDays?: number;
  /** Provisioned only: when it sleeps, `cron(…)` in UTC. @default never */
  pauseSchedule?: string;
  /** Provisioned only: when it wakes, `cron(…)` in UTC. @default when a load needs it */
  resumeSchedule?: string;
  /** Provisioned only: sleeps after so many minutes without a query of a person. @default never */
  idleMinutes?: number;
  /** @default `DEFAULT_SPECTRUM_TB_PER_DAY` */
  spectrumTbPerDay?: number;
}

/** A warehouse as those see it who send it statements. */
export interface WarehouseRef {
  kind: "cluster" | "workgroup";
  /** Cluster identifier or workgroup name. */
  name: pulumi.Output<string>;
  arn: pulumi.Output<string>;
  database: string;
  /** Secret with the administrator's name and password, which Redshift made and rotates. */
  secretArn: pulumi.Output<string>;
  /** Key of the secret. */
  keyArn: pulumi.Output<string>;
  /** Role that it takes to read the lake. */
  lakeRoleArn: pulumi.Output<string>;
}

/** The same with every field set. */
export type CompleteWarehouse = Required<Omit<WarehouseSettings, "pauseSchedule" | "resumeSchedule" | "idleMinutes">> &
  Pick<WarehouseSettings, "pauseSchedule" | "resumeSchedule" | "idleMinutes">;

/** Fills in the defaults. */
export function withWarehouseDefaults(given: WarehouseSettings): CompleteWarehouse {
  return {
    ...given,
    nodeType: given.nodeType ?? DEFAULT_NODE_TYPE,
    nodes: given.nodes ?? DEFAULT_NODES,
    baseRpus: given.baseRpus ?? DEFAULT_BASE_RPUS,
    maxRpus: given.maxRpus ?? DEFAULT_MAX_RPUS,
    snapshotDays: given.snapshotDays ?? DEFAULT_SNAPSHOT_DAYS,
    spectrumTbPerDay: given.spectrumTbPerDay ?? DEFAULT_SPECTRUM_TB_PER_DAY,
  };
}

/**
 * Checks what Redshift would refuse only at deployment.
 * @throws InvalidArgumentError
 */
export function validateWarehouse(given: WarehouseSettings): void {
  const { mode, nodeType, nodes, baseRpus, maxRpus, snapshotDays, spectrumTbPerDay } = withWarehouseDefaults(given);
  const whole = (name: string, value: number, least: number, most: number): void => {
    if (!Number.isSafeInteger(value) || value < least || value > most) {
      throw new InvalidArgumentError(
        `warehouse ${name} is ${value}: it must be a whole number from ${least} to ${most}`,
      );
    }
  };
  if (mode === "none") return;
  whole("snapshotDays", snapshotDays, 1, 35);
  whole("spectrumTbPerDay", spectrumTbPerDay, 1, 10_000);
  if (mode === "serverless") {
    for (const [name, rpus] of [["baseRpus", baseRpus] as const, ["maxRpus", maxRpus] as const]) {
      whole(name, rpus, 8, 512);
      if (rpus % 8 !== 0) throw new InvalidArgumentError(`warehouse ${name} is ${rpus}: RPUs come in steps of 8`);
    }
    if (maxRpus < baseRpus) {
      throw new InvalidArgumentError(`warehouse maxRpus is ${maxRpus}, below baseRpus ${baseRpus}: raise it`);
    }
    return;
  }
  whole("nodes", nodes, 1, MAX_NODES[nodeType]);
  if (nodes === 1 && (nodeType === "ra3.4xlarge" || nodeType === "ra3.16xlarge")) {
    throw new InvalidArgumentError(`warehouse nodes is 1: ${nodeType} comes in clusters of at least 2 nodes`);
  }
  if (given.idleMinutes !== undefined) whole("idleMinutes", given.idleMinutes, 15, 1440);
  for (const schedule of [given.pauseSchedule, given.resumeSchedule]) {
    if (schedule !== undefined) validateSchedule(schedule);
  }
}
