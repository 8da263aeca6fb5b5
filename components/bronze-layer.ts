import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { EVENTS_PREFIX } from "./defaults";
import type { Days } from "./duration";
import { glueLogsGrant } from "./encryption-key";
import { LakeZone, type ZoneContext } from "./lake-zone";
import { componentType } from "./naming";
import type { PartitionProjection } from "./partition-projection";
import type { LakeLocation } from "./types";

/**
 * Landing time of raw events. The years are fixed, because NOW would need one date column where the layout has four;
 * they begin with the oldest public sample data (2019), and end where a query that names no year still lists in
 * minutes; moving the end is an update in place.
 */
export const RAW_EVENTS_PROJECTION: PartitionProjection = {
  columns: {
    year: { type: "integer", range: [2019, 2035], digits: 4 },
    month: { type: "integer", range: [1, 12], digits: 2 },
    day: { type: "integer", range: [1, 31], digits: 2 },
    hour: { type: "integer", range: [0, 23], digits: 2 },
  },
  template: `${EVENTS_PREFIX}year=\${year}/month=\${month}/day=\${day}/hour=\${hour}/`,
};

/** Arguments of `BronzeLayer`. */
export interface BronzeLayerArgs {
  zone: ZoneContext;
  /** Age at which raw objects expire. */
  retention: Days;
}

/** Raw JSON as it landed: bucket, catalog database, and one table over it with partition projection. */
export class BronzeLayer extends pulumi.ComponentResource {
  /** The raw events as the next layer and the alert path read them. */
  readonly events: LakeLocation;

  constructor(name: string, args: BronzeLayerArgs, opts?: pulumi.ComponentResourceOptions) {
    super(componentType("BronzeLayer"), name, {}, opts);
    const zone = this.createZone(name, args);
    this.notifyOfObjects(name, zone);
    this.events = zone.location("raw_events");
    this.registerOutputs({ bucket: zone.bucket.name, database: zone.database });
  }

  private createZone(name: string, args: BronzeLayerArgs): LakeZone {
    return new LakeZone(
      name,
      {
        ...args.zone,
        layer: "bronze",
        description: "Raw clickstream events as they landed",
        bucketSuffix: "raw",
        lifecycle: { intelligentTiering: true, expireAfter: args.retention },
        // The job that erases persons from raw objects writes an encrypted log.
        keyServices: [glueLogsGrant(args.zone.account)],
        tables: [{ table: "raw_events", format: "json", prefix: EVENTS_PREFIX, projection: RAW_EVENTS_PROJECTION }],
      },
      { parent: this },
    );
  }

  private notifyOfObjects(name: string, zone: LakeZone): void {
    // All events of the bucket go to the default bus; rules there choose. Costs nothing where no rule matches.
    new aws.s3.BucketNotification(`${name}-raw`, { bucket: zone.bucket.name, eventbridge: true }, { parent: this });
  }
}
