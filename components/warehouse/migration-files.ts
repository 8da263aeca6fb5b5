import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import * as path from "node:path";
import type { Migration } from "../../handlers/warehouse/migration";
import { InvalidArgumentError } from "../errors";

/** First line of a file whose statements may not run in one transaction. */
const NO_TRANSACTION = "-- transaction: none";
const FILE_NAME = /^(\d{3}_[a-z0-9_]+)\.sql$/;

/** A migration whose placeholders `${name}` are still in place. */
export interface MigrationTemplate extends Migration {
  /** Names of the placeholders. */
  placeholders: string[];
}

/**
 * Reads the numbered files of a folder, in order.
 * @throws InvalidArgumentError on a file that is not numbered, a number twice, an empty folder or an unfinished text
 */
export function readMigrations(folder: string): MigrationTemplate[] {
  const files = readdirSync(folder).sort();
  const migrations = files.map((file) => {
    const id = FILE_NAME.exec(file)?.[1];
    if (id === undefined) {
      throw new InvalidArgumentError(`${file} is not a migration: its name must be like 001_what_it_does.sql`);
    }
    const text = readFileSync(path.join(folder, file), "utf8");
    const statements = splitStatements(text, file);
    return {
      id,
      checksum: createHash("sha256").update(text).digest("hex"),
      transactional: !text.startsWith(NO_TRANSACTION),
      statements,
      placeholders: [...new Set(statements.join("\n").match(/(?<=\$\{)[a-z_]+(?=\})/g) ?? [])].sort(),
    };
  });
  const numbers = migrations.map(({ id }) => id.slice(0, 3));
  const twice = numbers.find((number, at) => numbers.indexOf(number) !== at);
  if (twice !== undefined) throw new InvalidArgumentError(`two migrations have the number ${twice}: renumber one`);
  if (migrations.length === 0) throw new InvalidArgumentError(`${folder} holds no migration`);
  return migrations;
}

/**
 * Cuts a text at the semicolons outside of quotes and comments; comments go.
 * @throws InvalidArgumentError when a quote or comment is not closed, or the last statement not ended
 */
export function splitStatements(text: string, file: string): string[] {
  const statements: string[] = [];
  let current = "";
  // Comments, texts, quoted names; else one character.
  for (const [token] of text.matchAll(/--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'|"(?:[^"]|"")*"|[\s\S]/g)) {
    if (token.startsWith("--") || token.startsWith("/*")) continue;
    if (token === "'" || token === '"') {
      throw new InvalidArgumentError(`${file}: a ${token} is not closed in: ${current.trim().slice(-80)}`);
    }
    if (token !== ";") current += token;
    else if (current.trim() !== "") {
      statements.push(current.trim());
      current = "";
    }
  }
  if (current.trim() !== "") {
    throw new InvalidArgumentError(`${file}: the last statement has no semicolon: ${current.trim().slice(0, 80)}`);
  }
  return statements;
}

/**
 * Replaces the placeholders.
 * @throws InvalidArgumentError for a placeholder without a value, or a value that would end the text it stands in
 */
export function fillIn(templates: readonly MigrationTemplate[], values: Readonly<Record<string, string>>): Migration[] {
  return templates.map(({ id, checksum, transactional, statements, placeholders }) => {
    for (const name of placeholders) {
      const value = values[name];
      if (value === undefined) {
        throw new InvalidArgumentError(
          `migration ${id} asks for \${${name}}: known are ${Object.keys(values).sort().join(", ")}`,
        );
      }
      if (/['"\\;]/.test(value)) {
        throw new InvalidArgumentError(`\${${name}} of migration ${id} is ${value}: quotes, \\ and ; may not be in it`);
      }
    }
    const filled = statements.map((sql) => sql.replaceAll(/\$\{([a-z_]+)\}/g, (_, name: string) => values[name] ?? ""));
    return { id, checksum, transactional, statements: filled };
  });
}
