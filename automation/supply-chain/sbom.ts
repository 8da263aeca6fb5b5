import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { UserError } from "../errors";
import { jsonOf, lastWords, PROJECT_ROOT, type Ran, type Run } from "./findings";
import { LOCKED_REQUIREMENTS } from "./python-tools";

/** Folder of the bills of materials; git ignores it. */
export const SBOM_FOLDER = path.join("build", "sbom");

/** A bill of materials that was written. */
export interface Bill {
  /** In the project. */
  file: string;
  components: number;
}

/** Writes one CycloneDX document a lock file. @throws UserError if a tool fails or lists nothing */
export async function writeBills(run: Run, cyclonedx: string): Promise<Bill[]> {
  await mkdir(path.join(PROJECT_ROOT, SBOM_FOLDER), { recursive: true });
  const npm = ["sbom", "--sbom-format", "cyclonedx", "--package-lock-only"];
  const bills = [await write("npm", await run("npm", npm, PROJECT_ROOT))];
  for (const requirements of LOCKED_REQUIREMENTS) {
    const name = path.basename(requirements, ".txt").replace("requirements", "python");
    const args = ["requirements", requirements, "--output-reproducible", "-o", "-"];
    bills.push(await write(name, await run(cyclonedx, args, PROJECT_ROOT)));
  }
  return bills;
}

async function write(name: string, ran: Ran): Promise<Bill> {
  const document = jsonOf(ran.stdout) as { bomFormat?: unknown; components?: unknown[] } | undefined;
  const components = document?.components?.length ?? 0;
  if (ran.code !== 0 || document?.bomFormat !== "CycloneDX" || components === 0) {
    throw new UserError(
      `The bill of materials of ${name} could not be made (${lastWords(ran)}).`,
      "Run npm run setup, and look whether the lock files are as git has them.",
    );
  }
  const file = path.join(SBOM_FOLDER, `${name}.cdx.json`);
  await writeFile(path.join(PROJECT_ROOT, file), ran.stdout);
  return { file, components };
}
