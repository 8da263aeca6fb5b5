import { existsSync } from "node:fs";
import * as path from "node:path";

import { LocalCloudError } from "./errors";

/** Loopback URLs of one running local cloud. */
export interface LocalEndpoints {
  /** MiniStack: every service without an engine of its own. */
  default: string;
  /** Glue gateway: job runs and triggers here, the catalog forwarded to MiniStack. */
  glue: string;
  /** Athena engine. */
  athena: string;
  /** Redshift's control plane: provisioned clusters. */
  redshift: string;
  /** Redshift Serverless. */
  redshift_serverless: string;
  /** Redshift Data API. */
  redshift_data: string;
  /** CloudWatch: metrics, alarms, dashboards. */
  cloudwatch: string;
  /** Cost Explorer. */
  cost_explorer: string;
  /** Budgets gateway: what was spent is computed here, the budgets are MiniStack's. */
  budgets: string;
  /** Lake Formation. */
  lakeformation: string;
}

/** Services of `LocalEndpoints`, by their keys. */
export const LOCAL_SERVICES = [
  "default",
  "glue",
  "athena",
  "redshift",
  "redshift_serverless",
  "redshift_data",
  "cloudwatch",
  "cost_explorer",
  "budgets",
  "lakeformation",
] as const satisfies readonly (keyof LocalEndpoints)[];

/** Region of a local cloud when the caller names none. */
export const DEFAULT_REGION = "us-east-1";

/**
 * Variables that point any AWS client (SDK for JavaScript, boto3, S3A, Pulumi provider) at the local cloud.
 * The keys are constants because the emulator checks no signature; setting them keeps a client from ever
 * reaching for the user's real ones.
 */
export function localCloudEnv(endpoints: LocalEndpoints, region: string = DEFAULT_REGION): Record<string, string> {
  const served = LOCAL_SERVICES.filter((service) => service !== "default");
  return {
    AWS_ENDPOINT_URL: endpoints.default,
    ...Object.fromEntries(served.map((service) => [`AWS_ENDPOINT_URL_${service.toUpperCase()}`, endpoints[service]])),
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_EC2_METADATA_DISABLED: "true",
  };
}

/** The folder with package.json, seen from this file both as source and after a build into a sub-folder. */
export function findProjectRoot(from: string = __dirname): string {
  for (let folder = from; ; folder = path.dirname(folder)) {
    if (existsSync(path.join(folder, "package.json")) && existsSync(path.join(folder, "local-cloud"))) return folder;
    if (path.dirname(folder) === folder) {
      throw new LocalCloudError(
        `no project folder above ${from}: it must hold package.json and local-cloud/. Run from a checkout of the project.`,
      );
    }
  }
}

/**
 * The Python that has the project's pinned packages: CLICKSTREAM_PYTHON, else the project's own virtual environment.
 * A bare `python3` is no fallback: it has neither the emulator nor Spark, and would fail later and less clearly.
 */
export function resolvePython(env: NodeJS.ProcessEnv, projectRoot: string): string {
  const named = env["CLICKSTREAM_PYTHON"];
  if (named !== undefined && named !== "") {
    if (path.isAbsolute(named) && !existsSync(named)) {
      throw new LocalCloudError(
        `CLICKSTREAM_PYTHON is ${named}, which does not exist; it must be the Python of the project's virtual ` +
          "environment. Unset it, or run `npm run setup` to create the environment.",
      );
    }
    return named;
  }
  const own =
    process.platform === "win32"
      ? path.join(projectRoot, ".venv", "Scripts", "python.exe")
      : path.join(projectRoot, ".venv", "bin", "python");
  if (!existsSync(own)) {
    throw new LocalCloudError(
      `no Python environment at ${own} and CLICKSTREAM_PYTHON is not set; the local cloud needs the project's ` +
        "Python packages. Run `npm run setup`.",
    );
  }
  return own;
}

/**
 * Environment of the engines' process. Every inherited AWS_* variable is dropped, so that neither a profile nor a
 * session token of the user can reach the emulator, and no endpoint of another local cloud leaks in.
 */
export function engineEnv(base: NodeJS.ProcessEnv, projectRoot: string, region: string): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = {};
  for (const [key, value] of Object.entries(base)) {
    if (!key.startsWith("AWS_")) env[key] = value;
  }
  const prepend = (folder: string, rest: string | undefined): string =>
    rest === undefined || rest === "" ? folder : `${folder}${path.delimiter}${rest}`;
  return {
    ...env,
    PYTHONPATH: prepend(path.join(projectRoot, "local-cloud", "engines"), base["PYTHONPATH"]),
    // The ready line must not wait in a buffer.
    PYTHONUNBUFFERED: "1",
    // Real Lambda supplies the AWS SDK; here the emulator's Node finds it in the project's own packages.
    NODE_PATH: prepend(path.join(projectRoot, "node_modules"), base["NODE_PATH"]),
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_EC2_METADATA_DISABLED: "true",
  };
}
