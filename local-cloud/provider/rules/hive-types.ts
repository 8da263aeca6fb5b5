/** Types of columns. AWS page: "Data types in Amazon Athena" (the DDL column, which is Hive's). */

const PLAIN =
  /^(boolean|tinyint|smallint|int|bigint|float|double|string|binary|date|timestamp|decimal(\((?<digits>\d+)(,(?<scale>\d+))?\))?|char\((?<fixed>\d+)\)|varchar\((?<most>\d+)\))$/;

function isPlain(type: string): boolean {
  const { digits = "10", scale = "0", fixed = "1", most = "1" } = PLAIN.exec(type)?.groups ?? {};
  const inside = (text: string, least: number, largest: number): boolean =>
    Number(text) >= least && Number(text) <= largest;
  const sizes =
    inside(digits, 1, 38) && inside(scale, 0, Number(digits)) && inside(fixed, 1, 255) && inside(most, 1, 65_535);
  return PLAIN.test(type) && sizes;
}

/** The parts between the commas that are in no brackets. */
function parts(inner: string): string[] {
  const found: string[] = [""];
  let depth = 0;
  for (const char of inner) {
    depth += "<(".includes(char) ? 1 : ">)".includes(char) ? -1 : 0;
    if (char === "," && depth === 0) found.push("");
    else found.push(`${found.pop() ?? ""}${char}`);
  }
  return found;
}

/** Whether Hive, and so Athena and Glue, can read a column of this type. */
export function isHiveType(type: string): boolean {
  const compact = type.toLowerCase().replaceAll(/\s+/g, "");
  const [, outer, inner = ""] = /^(array|map|struct|uniontype)<(.+)>$/.exec(compact) ?? [];
  const members = parts(inner);
  if (outer === "array") return isHiveType(inner);
  if (outer === "map") return members.length === 2 && isPlain(members[0] as string) && isHiveType(members[1] as string);
  if (outer === "uniontype") return members.every(isHiveType);
  if (outer === "struct")
    return members.every((member) => /^\w+:.+$/.test(member) && isHiveType(member.slice(member.indexOf(":") + 1)));
  return isPlain(compact);
}
