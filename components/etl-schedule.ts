import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { DEFAULT_SCHEDULE } from "./defaults";
import { InvalidArgumentError } from "./errors";
import { componentType } from "./naming";
import type { Tags } from "./types";

/** Arguments of `EtlSchedule`. */
export interface EtlScheduleArgs {
  silverJob: pulumi.Input<string>;
  goldJob: pulumi.Input<string>;
  /** When bronze_to_silver starts, in UTC: `cron(minutes hours day-of-month month day-of-week year)`. @default `DEFAULT_SCHEDULE` */
  schedule?: string;
  /** Whether the schedule runs. @default true */
  enabled?: boolean;
  tags: Tags;
}

/**
 * Checks the form of a cron expression as AWS wants it: six fields, and "?" in exactly one of the two day fields.
 * @throws InvalidArgumentError
 */
export function validateSchedule(schedule: string): void {
  const fields = /^cron\(([^()]*)\)$/.exec(schedule)?.[1]?.trim().split(/\s+/) ?? [];
  const problem = scheduleProblem(fields);
  if (problem !== undefined) {
    throw new InvalidArgumentError(
      `schedule "${schedule}" is not usable: ${problem}; write for example "${DEFAULT_SCHEDULE}" (ten past every hour)`,
    );
  }
}

function scheduleProblem(fields: readonly string[]): string | undefined {
  if (fields.length !== 6) return "it must be cron(…) with six fields";
  const odd = fields.find((field) => !/^[0-9A-Z*?,/#LW-]+$/i.test(field));
  if (odd !== undefined) return `field "${odd}" holds characters that cron does not know`;
  const [minutes = "", hours = "", dayOfMonth, , dayOfWeek] = fields;
  if ((dayOfMonth === "?") === (dayOfWeek === "?")) {
    return 'exactly one of day-of-month and day-of-week must be "?"';
  }
  if (fields.some((field, index) => field === "?" && index !== 2 && index !== 4)) return '"?" may only stand for a day';
  if (outside(minutes, 59)) return `minutes "${minutes}" are not between 0 and 59`;
  if (outside(hours, 23)) return `hours "${hours}" are not between 0 and 23`;
  return undefined;
}

function outside(field: string, last: number): boolean {
  return (field.match(/[0-9]+/g) ?? []).some((value) => Number(value) > last);
}

/** Starts bronze_to_silver by the clock, and silver_to_gold after each success of it. */
export class EtlSchedule extends pulumi.ComponentResource {
  constructor(name: string, args: EtlScheduleArgs, opts?: pulumi.ComponentResourceOptions) {
    validateSchedule(args.schedule ?? DEFAULT_SCHEDULE);
    super(componentType("EtlSchedule"), name, {}, opts);
    this.startSilver(name, args);
    this.startGold(name, args);
    this.registerOutputs({});
  }

  private startSilver(name: string, args: EtlScheduleArgs): void {
    new aws.glue.Trigger(
      `${name}-start-silver`,
      {
        description: "Starts bronze_to_silver by the clock",
        type: "SCHEDULED",
        schedule: args.schedule ?? DEFAULT_SCHEDULE,
        enabled: args.enabled ?? true,
        actions: [{ jobName: args.silverJob }],
        tags: args.tags,
      },
      { parent: this },
    );
  }

  private startGold(name: string, args: EtlScheduleArgs): void {
    new aws.glue.Trigger(
      `${name}-start-gold`,
      {
        description: "Starts silver_to_gold after a successful bronze_to_silver",
        type: "CONDITIONAL",
        // Also with the schedule off: it then fires for a run that somebody starts through the other trigger.
        enabled: true,
        predicate: { conditions: [{ jobName: args.silverJob, logicalOperator: "EQUALS", state: "SUCCEEDED" }] },
        actions: [{ jobName: args.goldJob }],
        tags: args.tags,
      },
      { parent: this },
    );
  }
}
