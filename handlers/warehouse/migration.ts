/** One numbered step of the warehouse's schema. */
export interface Migration {
  /** File name without its ending, `001_schemas`; the number orders them. */
  id: string;
  /** SHA-256 of the file as it is in the repository, in hex. */
  checksum: string;
  /** False when a statement of it may not run in a transaction block. Such a migration must bear being run twice. */
  transactional: boolean;
  /** Its placeholders are replaced. */
  statements: string[];
}

/** What the warehouse remembers of a migration that ran. */
export interface AppliedMigration {
  id: string;
  checksum: string;
}

/**
 * The migrations still to run, in order.
 * @throws Error for a migration that changed after it ran, or that was put before one that ran
 */
export function pendingMigrations(all: readonly Migration[], applied: readonly AppliedMigration[]): Migration[] {
  const known = new Map(applied.map(({ id, checksum }) => [id, checksum]));
  const last = [...known.keys()].sort().at(-1) ?? "";
  const pending: Migration[] = [];
  for (const migration of [...all].sort((one, other) => (one.id < other.id ? -1 : 1))) {
    const checksum = known.get(migration.id);
    if (checksum === undefined) {
      if (migration.id < last) {
        throw new Error(
          `migration ${migration.id} is new, but ${last} already ran: give it a number after that one, so that every ` +
            `warehouse runs them in one order`,
        );
      }
      pending.push(migration);
    } else if (checksum !== migration.checksum) {
      throw new Error(
        `migration ${migration.id} was changed after it ran (it was ${checksum.slice(0, 12)}, it is ` +
          `${migration.checksum.slice(0, 12)}): put it back and write what is to change as a new migration`,
      );
    }
  }
  return pending;
}
