/** bench/RESULTS.md: figures with date, machine and commit. */
import type { BenchResult, Goal, ResultTable } from "./result";

/** The order in which the issue asks for them. */
const ORDER = ["etl", "history", "stack", "alerts", "erasure", "closures", "projection"];

/** Where the reason stands, measured, for which goals of a benchmark are missed. */
const REASONS: Readonly<Record<string, string>> = {
  etl: "[where a run spends its time](TUNING.md#where-a-run-spends-its-time)",
  stack: "[where a stack spends its time](TUNING.md#where-a-stack-spends-its-time)",
};

/** Markdown of all results. */
export function resultsPage(results: readonly BenchResult[]): string {
  const place = ({ name }: BenchResult): number => (ORDER.indexOf(name) + ORDER.length + 1) % (ORDER.length + 1);
  const sorted = [...results].sort((one, other) => place(one) - place(other));
  return [
    "# Benchmark results",
    "",
    "Made by `npm run bench -- results` from `bench/results/*.json`; change nothing here by hand. What was tried to make the " +
      "jobs faster, and what it gave, is in [TUNING.md](TUNING.md).",
    "",
    "## Goals",
    "",
    ...goalsTable(sorted),
    ...sorted.flatMap(section),
    "",
  ].join("\n");
}

function goalsTable(results: readonly BenchResult[]): string[] {
  const rows = results.flatMap(({ name, goals }) => goals.map((goal) => goalCells(name, goal)));
  return markdown({ caption: "", head: ["benchmark", "goal", "measured", "met", "why"], rows });
}

function goalCells(name: string, { goal, measured, met, reason }: Goal): string[] {
  const why = [reason, met ? undefined : REASONS[name]].filter((text) => text !== undefined);
  return [name, goal, measured, met ? "yes" : "**no**", why.join("; ")];
}

function section(result: BenchResult): string[] {
  const { name, title, machine, measuredAt, commit, method, tables, notes, command } = result;
  const versions = Object.entries(result.versions).map((pair) => pair.join(" "));
  return [
    "",
    `## ${title}`,
    "",
    `![${title}](results/${name}.svg)`,
    "",
    `\`${command}\`, ${measuredAt.slice(0, 16).replace("T", " ")} UTC, commit ${commit}, ${String(machine.cores)} cores ` +
      `(${machine.cpu}), ${String(machine.memoryGb)} GB, ${machine.os}; ${versions.join(", ")}. Load before: ` +
      `${result.loadBefore.toFixed(1)}${result.busy ? ": **the machine was busy**, trust ratios and processor time, not seconds" : ""}.`,
    "",
    ...method.map((line) => `- ${line}`),
    ...tables.flatMap((table) => ["", `${table.caption}:`, "", ...markdown(table)]),
    ...(notes.length > 0 ? ["", ...notes.map((note) => `- ${note}`)] : []),
  ];
}

function markdown({ head, rows }: ResultTable): string[] {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)];
}
