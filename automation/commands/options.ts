import { InvalidArgumentError, Option } from "commander";
import { z } from "zod";
import { INPUT_FORMATS } from "../ingest/import-file";
import { TARGETS } from "../stack/target-name";

/** `--target`: where the stack is. */
export const targetOption = (): Option =>
  new Option("--target <target>", "where the stack is").choices([...TARGETS]).default("local");

/** `--stack`: which stack. */
export const stackOption = (): Option => new Option("--stack <name>", "name of the stack").default("dev");

/** `--format` of an input file. */
export const formatOption = (): Option =>
  new Option("--format <format>", "what --input holds").choices([...INPUT_FORMATS]).default("events");

/** Parses a whole number in [low, high]; anything else is an error that names value and bounds. */
export function wholeNumber(low: number, high: number): (text: string) => number {
  return (text) => parseNumber(text, z.number().int().min(low).max(high), `a whole number from ${low} to ${high}`);
}

/** Parses a number in [low, high]. */
export function numberBetween(low: number, high: number): (text: string) => number {
  return (text) => parseNumber(text, z.number().min(low).max(high), `a number from ${low} to ${high}`);
}

/** Parses an ISO 8601 instant with zone, or a date (its first instant, UTC). */
export function instant(text: string): Date {
  const iso = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/;
  const at = new Date(text);
  if (iso.test(text) && !Number.isNaN(at.getTime())) return at;
  throw new InvalidArgumentError("It must be ISO 8601 with a zone, for example 2026-01-31T12:00:00Z.");
}

function parseNumber(text: string, schema: z.ZodNumber, rule: string): number {
  const parsed = schema.safeParse(text.trim() === "" ? Number.NaN : Number(text));
  if (parsed.success) return parsed.data;
  throw new InvalidArgumentError(`It must be ${rule}.`);
}
