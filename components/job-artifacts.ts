import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import * as path from "node:path";
import { DEFAULT_KEEP_DERIVED_VERSIONS_FOR, DEFAULT_SCRATCH_RETENTION } from "./defaults";
import { EncryptionKey } from "./encryption-key";
import { KEY_USERS } from "./key-users";
import { InvalidArgumentError } from "./errors";
import { LakeBucket } from "./lake-bucket";
import { componentType } from "./naming";
import type { AwsAccount, BucketRef, DeletionKeys, KeyRef, Tags } from "./types";

/** Folder of the artifacts bucket by purpose. */
export const ARTIFACT_PREFIX = {
  scripts: "scripts/",
  packages: "packages/",
  state: "state/",
  reports: "reports/",
  scratch: "tmp/",
} as const;

/** Python package of `jobsDirectory` that every job imports. */
const PACKAGE = "clickstream_jobs";
/** Hex digits of a content hash in a key: 48 bits, far from a collision among the versions of a few files. */
const HASH_DIGITS = 12;

/** Where the jobs' code, state, reports and scratch files are: what a job needs to know. */
export interface JobStore {
  bucket: BucketRef;
  key: KeyRef;
  /** `s3://…/packages/clickstream_jobs-<hash>.zip` */
  packageUri: pulumi.Output<string>;
  /** `s3://…/state/` */
  statePath: pulumi.Output<string>;
  /** `s3://…/reports/` */
  reportsPath: pulumi.Output<string>;
  /** `s3://…/tmp/` */
  scratchPath: pulumi.Output<string>;
}

/** Arguments of `JobArtifacts`. */
export interface JobArtifactsArgs {
  account: AwsAccount;
  accessLogs: BucketRef;
  /** Folder with the entry scripts and the package `clickstream_jobs`. */
  jobsDirectory: string;
  deletion: DeletionKeys;
  tags: Tags;
}

/**
 * The bucket of the Glue jobs: scripts, the shared Python package, manifests, reports, scratch files.
 *
 * Code is stored under keys that carry its hash. A change therefore makes a new object, and one update moves a job's
 * script and package together; a job never runs a new script against an old package.
 */
export class JobArtifacts extends pulumi.ComponentResource implements JobStore {
  readonly bucket: BucketRef;
  readonly key: KeyRef;
  readonly packageUri: pulumi.Output<string>;
  readonly statePath: pulumi.Output<string>;
  readonly reportsPath: pulumi.Output<string>;
  readonly scratchPath: pulumi.Output<string>;
  private readonly directory: string;

  constructor(
    private readonly logicalName: string,
    args: JobArtifactsArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    const packageFiles = readPackage(args.jobsDirectory);
    super(componentType("JobArtifacts"), logicalName, {}, opts);
    this.directory = args.jobsDirectory;
    const key = this.createKey(args);
    this.key = key;
    this.bucket = this.createBucket(args, key);
    this.packageUri = this.uploadPackage(packageFiles);
    this.statePath = this.path(ARTIFACT_PREFIX.state);
    this.reportsPath = this.path(ARTIFACT_PREFIX.reports);
    this.scratchPath = this.path(ARTIFACT_PREFIX.scratch);
    this.registerOutputs({ bucket: this.bucket.name, packageUri: this.packageUri });
  }

  /**
   * Uploads one entry script.
   * @param job file name without ".py"
   * @returns its `s3://` URI, which changes with its content
   * @throws InvalidArgumentError if the script does not exist
   */
  script(job: string): pulumi.Output<string> {
    const content = readCode(path.join(this.directory, `${job}.py`));
    return this.upload(
      `${this.logicalName}-${job.replaceAll("_", "-")}`,
      `${ARTIFACT_PREFIX.scripts}${job}-${hashOf([content])}.py`,
      new pulumi.asset.StringAsset(content),
    );
  }

  private createKey(args: JobArtifactsArgs): EncryptionKey {
    return new EncryptionKey(
      `${this.logicalName}-key`,
      {
        description: "Glue job artifacts",
        account: args.account,
        users: KEY_USERS.artifacts,
        deletion: args.deletion,
        tags: args.tags,
      },
      { parent: this },
    );
  }

  private createBucket(args: JobArtifactsArgs, key: EncryptionKey): LakeBucket {
    return new LakeBucket(
      `${this.logicalName}-store`,
      {
        key,
        accessLogs: args.accessLogs,
        lifecycle: {
          expirePrefixes: { [ARTIFACT_PREFIX.scratch]: DEFAULT_SCRATCH_RETENTION },
          keepOldVersionsFor: DEFAULT_KEEP_DERIVED_VERSIONS_FOR,
        },
        deletion: args.deletion,
        tags: args.tags,
      },
      { parent: this },
    );
  }

  private uploadPackage(files: ReadonlyMap<string, string>): pulumi.Output<string> {
    // Text, not file paths: the archive is the same from any working directory and holds nothing but what is listed.
    const assets = Object.fromEntries([...files].map(([name, text]) => [name, new pulumi.asset.StringAsset(text)]));
    return this.upload(
      `${this.logicalName}-package`,
      `${ARTIFACT_PREFIX.packages}${PACKAGE}-${hashOf([...files].flat())}.zip`,
      new pulumi.asset.AssetArchive(assets),
    );
  }

  private upload(name: string, key: string, source: pulumi.asset.Asset | pulumi.asset.Archive): pulumi.Output<string> {
    const object = new aws.s3.BucketObjectv2(name, { bucket: this.bucket.name, key, source }, { parent: this });
    return pulumi.interpolate`s3://${object.bucket}/${object.key}`;
  }

  private path(prefix: string): pulumi.Output<string> {
    return pulumi.interpolate`s3://${this.bucket.name}/${prefix}`;
  }
}

/**
 * The files of the Python package by path in the archive, sorted: `*.py` and `*.json`, nothing compiled or cached.
 * @throws InvalidArgumentError if there is no package
 */
export function readPackage(jobsDirectory: string): Map<string, string> {
  const root = path.join(jobsDirectory, PACKAGE);
  const files = new Map<string, string>();
  for (const entry of listFiles(root)) {
    if (!/\.(py|json)$/.test(entry)) continue;
    const text = readCode(path.join(root, entry));
    // The engine takes an asset without text for no asset at all, and an empty __init__.py is common.
    files.set(`${PACKAGE}/${entry.split(path.sep).join("/")}`, text === "" ? "\n" : text);
  }
  if (!files.has(`${PACKAGE}/__init__.py`)) {
    throw new InvalidArgumentError(
      `${root} is not a Python package (no __init__.py), so the Glue jobs could not import it; ` +
        "pass the folder that holds the package as jobsDirectory",
    );
  }
  return files;
}

function listFiles(root: string): string[] {
  try {
    return readdirSync(root, { recursive: true, encoding: "utf8" }).sort();
  } catch (cause) {
    throw new InvalidArgumentError(`the jobs' package ${root} cannot be read: ${String(cause)}`, { cause });
  }
}

function readCode(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new InvalidArgumentError(`the job file ${file} cannot be read: ${String(cause)}`, { cause });
  }
}

/** Start of the SHA-256 of texts; a separator keeps ["a", "b"] apart from ["ab"]. */
function hashOf(texts: readonly string[]): string {
  return createHash("sha256").update(texts.join("\0")).digest("hex").slice(0, HASH_DIGITS);
}
