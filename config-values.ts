import { z } from "zod";
import { validateSchedule } from "./components/etl-schedule";

/** How one key is read. */
export interface KeySpec {
  schema: z.ZodType;
  /** What the value must be, ending a sentence that begins with the value. */
  rule: string;
  /** A value that is right. */
  example: string;
  /** Masked in messages. */
  secret?: boolean;
}

/** Reads text as a whole number between two bounds. */
export function wholeNumber(least: number, most: number) {
  const text = z.string().regex(/^-?[0-9]+$/);
  return text.transform(Number).pipe(z.int().min(least).max(most));
}

/** Reads text as JSON of a shape. */
export function json<T extends z.ZodType>(shape: T) {
  const parsed = z.string().transform((text, context): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      context.addIssue("it is not JSON");
      return z.NEVER;
    }
  });
  return parsed.pipe(shape);
}

/** `true` or `false`. */
export const flag = z.enum(["true", "false"]).transform((text) => text === "true");

/** An empty text stands for "not set", because Pulumi.yaml has to give every optional key a default. */
export function orNothing<T extends z.ZodType>(schema: T) {
  return z.union([z.literal("").transform(() => undefined), schema]);
}

/** A schedule that the jobs can have. */
export const schedule = z.string().refine((text) => isSchedule(text));

function isSchedule(text: string): boolean {
  try {
    validateSchedule(text);
    return true;
  } catch {
    return false;
  }
}
