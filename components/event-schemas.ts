import Ajv2020 from "ajv/dist/2020";
import standaloneCode from "ajv/dist/standalone";
import { readFileSync } from "node:fs";
import * as path from "node:path";
import { z } from "zod";
import type { EventSchemas, FieldSpec } from "../handlers/landing/event-schema";
import { InvalidArgumentError } from "./errors";
import { compatibility, type SchemaPart } from "./schema-compatibility";

/** The project's own schemas. */
export const DEFAULT_SCHEMAS_DIRECTORY = path.resolve(__dirname, "..", "schemas", "events");

const indexShape = z.strictObject({
  /** Version of a line that names none. */
  default: z.string(),
  versions: z.array(
    z.strictObject({
      version: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/),
      /** File beside the index. */
      schema: z.string(),
      /** Version that this one must be compatible with. */
      follows: z.string().optional(),
      /** Why a version is known that has no schema of its own yet. */
      announced: z.string().optional(),
    }),
  ),
});

/** One version of the index, with its schema. */
export interface SchemaVersion {
  version: string;
  follows?: string | undefined;
  file: string;
  schema: SchemaPart;
}

/** The versions of a folder's `index.json`. @throws InvalidArgumentError that names the file and what is wrong in it */
export function readSchemaVersions(directory: string): { defaultVersion: string; versions: SchemaVersion[] } {
  const parsed = indexShape.safeParse(readJson(path.join(directory, "index.json")));
  if (!parsed.success) {
    throw new InvalidArgumentError(`${path.join(directory, "index.json")}: ${z.prettifyError(parsed.error)}`);
  }
  const versions = parsed.data.versions.map(({ version, schema: file, follows }) => ({
    version,
    follows,
    file,
    schema: readJson(path.join(directory, file)) as SchemaPart,
  }));
  const names = versions.map(({ version }) => version);
  for (const name of [parsed.data.default, ...versions.flatMap(({ follows }) => follows ?? [])]) {
    if (!names.includes(name)) {
      throw new InvalidArgumentError(`${directory}/index.json names the version "${name}", which it does not list`);
    }
  }
  if (new Set(names).size !== names.length) {
    throw new InvalidArgumentError(`${directory}/index.json lists a version twice: ${names.join(", ")}`);
  }
  return { defaultVersion: parsed.data.default, versions };
}

/** Breaks between each version and the one that it follows, as `2 → 1: order.total is removed`. */
export function schemaBreaks(versions: readonly SchemaVersion[]): string[] {
  return versions.flatMap(({ version, follows, schema }) => {
    const older = versions.find((one) => one.version === follows);
    if (older === undefined) return [];
    return compatibility(older.schema, schema).map((text) => `version ${version} after ${older.version}: ${text}`);
  });
}

/**
 * The schemas as the landing check carries them: Ajv writes the validators as plain code here, when the program runs.
 * @throws InvalidArgumentError where a version breaks the one that it follows, or is no JSON Schema
 */
export function compileEventSchemas(directory: string = DEFAULT_SCHEMAS_DIRECTORY): EventSchemas {
  const { defaultVersion, versions } = readSchemaVersions(directory);
  const breaks = schemaBreaks(versions);
  if (breaks.length > 0) {
    throw new InvalidArgumentError(
      `the schemas in ${directory} are not compatible: ${breaks.join("; ")}. A newer version may only add optional ` +
        "fields and event types; make it a version of its own that follows none",
    );
  }
  const files = [...new Set(versions.map(({ file }) => file))];
  const validatorOf = (file: string): string => `validate${files.indexOf(file)}`;
  return {
    defaultVersion,
    versions: versions.map(({ version, file, schema }) => ({
      version,
      validator: validatorOf(file),
      fields: fieldsOf(schema),
    })),
    code: compile(versions, files, validatorOf, directory),
  };
}

function compile(
  versions: readonly SchemaVersion[],
  files: readonly string[],
  validatorOf: (file: string) => string,
  directory: string,
): string {
  // `required` of an inner `if` or `anyOf` names properties of the whole, which strict mode would not see.
  const ajv = new Ajv2020({
    allErrors: true,
    strict: true,
    strictTypes: false,
    strictRequired: false,
    code: { source: true },
  });
  try {
    for (const file of files) {
      const schema = versions.find((one) => one.file === file)?.schema ?? {};
      ajv.addSchema({ ...schema, $id: file });
    }
    const code = standaloneCode(ajv, Object.fromEntries(files.map((file) => [validatorOf(file), file])));
    const required = /require\([^)]*\)/.exec(code)?.[0];
    if (required === undefined) return code;
    throw new Error(`a keyword needs ${required} at run time, which the function's archive does not hold`);
  } catch (cause) {
    throw new InvalidArgumentError(`the schemas in ${directory} do not compile: ${String(cause)}`, { cause });
  }
}

/** Every field that a schema knows, nested ones after their parent. */
export function fieldsOf(schema: SchemaPart, parent = ""): FieldSpec[] {
  const properties = (schema["properties"] ?? {}) as Readonly<Record<string, SchemaPart>>;
  return Object.entries(properties).flatMap(([name, part]) => {
    const at = parent === "" ? name : `${parent}.${name}`;
    const types = [part["type"] ?? []].flat().map(String);
    const pattern = part["pattern"];
    return [{ path: at, types, ...(typeof pattern === "string" ? { pattern } : {}) }, ...fieldsOf(part, at)];
  });
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    throw new InvalidArgumentError(`the schema file ${file} cannot be read: ${String(cause)}`, { cause });
  }
}
