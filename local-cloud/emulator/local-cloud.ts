import { startDetached } from "./detached";
import { launch, type LaunchOptions, type LocalCloud } from "./start";

/** Life cycle of the local cloud: one supervisor process with the emulator, the engines and all Spark runs below it. */
export { attachLocalCloud, type DetachedOptions, stopDetached } from "./detached";
export { DEFAULT_REGION, findProjectRoot, localCloudEnv, type LocalEndpoints, resolvePython } from "./environment";
export { LocalCloudError } from "./errors";
export type { LocalCloud } from "./start";

export interface StartOptions extends Omit<LaunchOptions, "lasting"> {
  /**
   * A name under which it outlives this process; `attachLocalCloud` finds it again and `stopDetached` ends it.
   *
   * @default none: it ends with this process, however that ends
   */
  detached?: string;
}

/**
 * Starts the emulator and the engines, and returns when both answer.
 *
 * @throws LocalCloudError when they do not, with what they printed, or when the name is taken
 */
export function startLocalCloud(options: StartOptions = {}): Promise<LocalCloud> {
  const { detached, ...rest } = options;
  return detached === undefined ? launch(rest) : startDetached(detached, rest);
}
