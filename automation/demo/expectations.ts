import { EventGenerator, type ExpectedCounts } from "../generate/generator";
import type { GenerateOptions } from "../generate/options";
import { importFile, type InputFormat } from "../ingest/import-file";
import { Lander, type PutObject } from "../ingest/lander";

/** Where the demo's events come from. */
export type DemoInput =
  { kind: "generated"; options: GenerateOptions } | { kind: "file"; file: string; format: InputFormat };

/** Facts about the input that the pipeline must arrive at; undefined where the input alone cannot tell. */
export interface LandedInput {
  /** For people: where the events came from. */
  description: string;
  lines: number;
  objects: number;
  textBytes: number;
  /** Clock for the silver job. */
  asOf: Date | undefined;
  accepted: number | undefined;
  quarantined: number | undefined;
  duplicates: number | undefined;
  users: number | undefined;
  alerts: number;
  /** Revenue in whole cents, given the event ids that were quarantined. */
  revenueCents: (quarantinedEventIds: ReadonlySet<string>) => number;
  /** All counts of the generator, for the report. */
  generated: ExpectedCounts | undefined;
}

/** Lands the input in the raw bucket and says what must come out at the other end. */
export async function landInput(
  put: PutObject,
  input: DemoInput,
  alertThresholdUsd: number,
  onProgress: (line: string) => void,
): Promise<LandedInput> {
  const show = (soFar: { lines: number; objects: number }): void =>
    onProgress(`${String(soFar.lines)} lines in ${String(soFar.objects)} objects`);
  if (input.kind === "file") {
    const { read, newestEvent, ledger, landed } = await importFile(
      put,
      input.file,
      input.format,
      alertThresholdUsd,
      show,
    );
    return {
      description: `${input.file} (${input.format})`,
      lines: read,
      objects: landed.objects,
      textBytes: landed.textBytes,
      // A file of old events is judged by the clock of its own newest event, not by today's.
      asOf: newestEvent,
      accepted: undefined,
      quarantined: undefined,
      duplicates: undefined,
      users: undefined,
      alerts: ledger.alerts,
      revenueCents: (quarantined) => ledger.revenueCents(quarantined),
      generated: undefined,
    };
  }
  const generator = new EventGenerator(input.options, alertThresholdUsd);
  const landed = await new Lander(put, show).land(generator.lines());
  const { expected } = generator;
  return {
    description: `${String(input.options.events)} generated events, seed ${String(input.options.seed)}`,
    lines: expected.read,
    objects: landed.objects,
    textBytes: landed.textBytes,
    asOf: undefined,
    accepted: expected.accepted,
    quarantined: expected.quarantined,
    duplicates: expected.duplicates,
    users: expected.users,
    alerts: expected.alerts,
    revenueCents: () => expected.revenueCents,
    generated: expected,
  };
}
