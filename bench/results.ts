/** Writes bench/RESULTS.md from bench/results/*.json. `npm run bench -- results` */
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { format } from "prettier";
import { PROJECT_ROOT } from "../automation/stack/workspace";
import { fail, say } from "./support/bench";
import { resultsPage } from "./support/page";
import { readResult, resultNames, RESULTS } from "./support/result";

async function main(): Promise<void> {
  const results = await Promise.all((await resultNames(RESULTS)).map((name) => readResult(RESULTS, name)));
  const file = path.join(PROJECT_ROOT, "bench", "RESULTS.md");
  await writeFile(file, await format(resultsPage(results), { parser: "markdown", printWidth: 120 }));
  say(`written: ${path.relative(PROJECT_ROOT, file)}, ${String(results.length)} benchmarks`);
}

main().catch(fail);
