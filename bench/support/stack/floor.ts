/** The engine's floor: a program of as many resources, whose provider does nothing. */
import { chmod, mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { build } from "esbuild";
import type { Target } from "../../../automation/stack/target";

/** A resource of the floor. */
class Thing extends pulumi.CustomResource {
  constructor(name: string, inputs: pulumi.Inputs, options?: pulumi.CustomResourceOptions) {
    super("floor:index:Thing", name, inputs, options);
  }
}

/** A program of `count` resources, each of which but the first waits for one before it, as buckets' settings do. */
export function floorProgram(count: number): pulumi.automation.PulumiFn {
  return async () => {
    const things: Thing[] = [];
    for (let number = 0; number < count; number += 1) {
      // Three settings to one bucket or role, about as in the pipeline.
      const above = things[number - (number % 4)];
      const inputs = { number, name: `thing-${String(number)}`, ...(above === undefined ? {} : { of: above.id }) };
      things.push(new Thing(`thing-${String(number)}`, inputs));
    }
    return { count };
  };
}

/** A target that has nothing but the floor's provider, bundled as the local target's is. */
export async function floorTarget(folder: string): Promise<Target> {
  await mkdir(folder, { recursive: true });
  await build({
    entryPoints: [path.join(__dirname, "floor-provider.ts")],
    outfile: path.join(folder, "provider.cjs"),
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20",
    logLevel: "error",
    external: ["typescript", "ts-node"],
    plugins: [
      {
        // The SDK's serializer of closures asks for TypeScript as soon as it is loaded; a provider serializes none.
        name: "without-typescript",
        setup: (bundler) =>
          bundler.onLoad({ filter: /typescript-shim\.js$/ }, () => ({ contents: "module.exports = {};" })),
      },
    ],
  });
  const script = path.join(folder, "pulumi-resource-floor");
  await writeFile(script, `#!/bin/sh\nexec "${process.execPath}" "\${0%/*}/provider.cjs" "$@"\n`);
  await chmod(script, 0o755);
  return {
    name: "local",
    // As the local target: state is written once.
    env: { PULUMI_SKIP_CHECKPOINTS: "true" },
    endpointOf: () => undefined,
    plugins: [{ name: "floor", path: folder, version: "1.0.0" }],
    close: () => Promise.resolve(),
  };
}
