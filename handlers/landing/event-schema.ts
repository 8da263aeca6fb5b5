import { compileFunction } from "node:vm";

/** One field that a schema version knows. */
export interface FieldSpec {
  /** Dotted path, `order.amount`. */
  path: string;
  /** JSON types that the schema allows. */
  types: string[];
  /** Regular expression of a text, where the schema has one. */
  pattern?: string;
}

/** One version that producers may name in `schema_version`. */
export interface EventSchemaVersion {
  version: string;
  /** Name under which `EventSchemas.code` exports its validator. */
  validator: string;
  fields: FieldSpec[];
}

/**
 * The schemas as a function carries them: plain data, and the validators as the text of a CommonJS module. The text is
 * made by Ajv when the program runs, so the archive holds no package and nothing is compiled at a cold start.
 */
export interface EventSchemas {
  versions: EventSchemaVersion[];
  /** Version of a line that names none. */
  defaultVersion: string;
  code: string;
}

/** One complaint of a validator, the parts of Ajv's error object that are read. */
export interface SchemaError {
  keyword: string;
  /** JSON pointer into the event. */
  instancePath: string;
  /** JSON pointer into the schema, after `#`. */
  schemaPath: string;
  params: Record<string, unknown>;
}

/** A compiled validator: false with `errors` set where the event does not conform. */
export interface Validator {
  (event: unknown): boolean;
  errors?: SchemaError[] | null;
}

/** A version with its validator. */
export interface LoadedSchema extends EventSchemaVersion {
  validate: Validator;
}

/** Compiles the validators' text, once per instance. @throws where a version has no validator in the text */
export function loadSchemas(schemas: EventSchemas): LoadedSchema[] {
  const exported: Record<string, Validator | undefined> = {};
  const run = compileFunction(schemas.code, ["exports"]) as (target: typeof exports) => void;
  run(exported);
  return schemas.versions.map((version) => {
    const validate = exported[version.validator];
    if (validate === undefined) {
      throw new Error(`The schemas' code has no validator ${version.validator} of version ${version.version}.`);
    }
    return { ...version, validate };
  });
}
