/** The table's notation of a type's properties. */

export interface Property {
  /** AWS's name of it, or Pulumi's where they fold to the same. */
  readonly api: string;
  /** A change makes a new resource. */
  readonly replaces: boolean;
  /** Sent by the type's own code, not by the mapping. */
  readonly special: boolean;
  /** Not sent at all: `KEPT` says why. */
  readonly kept: boolean;
  /** A JSON document; an object is accepted and becomes text. */
  readonly json: boolean;
}

export type Properties = Readonly<Record<string, Property>>;

/**
 * Parses `name! roleArn=Role policy$ isEnabled* skipDestroy~`: `!` replaces, `$` is a JSON document, `*` is sent by
 * the type's own code, `~` is kept in the state only, `=Role` is AWS's name of it. `region` is none of the inputs:
 * every resource lives in the provider's region.
 */
export function parseProperties(notation: string): Properties {
  const entries = notation
    .split(/\s+/)
    .filter((token) => token !== "")
    .map((token): [string, Property] => {
      const match = /^(\w+)([!$*~]*)(?:=(\w+))?$/.exec(token);
      if (match === null) throw new Error(`bad property "${token}"`);
      const [, name, flags, api] = match as unknown as [string, string, string, string | undefined];
      const has = (flag: string): boolean => flags.includes(flag);
      const kept = has("~");
      return [name, { api: api ?? name, replaces: has("!"), special: has("*") || kept, kept, json: has("$") }];
    });
  return Object.fromEntries(entries);
}
