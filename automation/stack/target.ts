import type { PulumiPluginEntry } from "../../local-cloud/provider/plugins";
import { preparePlugins } from "../../local-cloud/provider/plugins";
import {
  attachLocalCloud,
  startLocalCloud,
  type LocalCloud,
  type LocalEndpoints,
} from "../../local-cloud/emulator/local-cloud";
import { UserError } from "../errors";
import type { TargetName } from "./target-name";

/** A place to deploy to, ready for the engine, the SDK and the jobs. */
export interface Target {
  readonly name: TargetName;
  /** Environment of the Pulumi engine and its plugins. */
  readonly env: Readonly<Record<string, string>>;
  /** Endpoint of a service, undefined where AWS's own is right. */
  endpointOf(service: keyof LocalEndpoints): string | undefined;
  /** Provider plugins to name in the project settings; none on AWS, where the official ones are used. */
  readonly plugins: readonly PulumiPluginEntry[];
  /** The local cloud behind it: its supervisor's process, and the folder with its data and logs. */
  readonly cloud?: { readonly pid: number; readonly dir: string };
  /** Stops what was started for this target; safe to call twice. */
  close(): Promise<void>;
}

/** The AWS account of the ambient credentials; nothing is started. */
export function awsTarget(): Target {
  return {
    name: "aws",
    env: {},
    endpointOf: () => undefined,
    plugins: [],
    close: () => Promise.resolve(),
  };
}

async function fromLocalCloud(cloud: LocalCloud, close: () => Promise<void>): Promise<Target> {
  return {
    name: "local",
    env: cloud.env,
    endpointOf: (service) => cloud.endpoints[service],
    plugins: await preparePlugins(),
    cloud: { pid: cloud.pid, dir: cloud.dir },
    close,
  };
}

/**
 * A private local cloud that ends with this process, however the process ends.
 *
 * @param options `enforceIam`: whether policies bind everybody but root; false by default
 */
export async function privateLocalTarget(options: { enforceIam?: boolean } = {}): Promise<Target> {
  const cloud = await startLocalCloud(options);
  const target = await fromLocalCloud(cloud, () => cloud.stop());
  // Writing the whole state after each of 300 resources takes four fifths of the engine's time, and serves nobody: what
  // the state would describe ends with this process too.
  return { ...target, env: { ...target.env, PULUMI_SKIP_CHECKPOINTS: "true" } };
}

/**
 * A local cloud that outlives this process, under `name`: started if `start` allows and none is running, else found.
 *
 * @throws UserError where none is running and none may be started.
 */
export async function lastingLocalTarget(name: string, { start }: { start: boolean }): Promise<Target> {
  const running = await attachLocalCloud(name);
  if (running !== undefined) return fromLocalCloud(running, () => Promise.resolve());
  if (start) return fromLocalCloud(await startLocalCloud({ detached: name }), () => Promise.resolve());
  throw new UserError(
    `No local cloud is running for the stack "${name}".`,
    `Start it with: npm run cli -- up --target local --stack ${name}`,
  );
}
