import type * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { isBuiltin } from "node:module";
import { InvalidArgumentError } from "./errors";

/** Runs once per instance of a function and returns its handler. */
export type HandlerFactory = aws.lambda.CallbackFactory<never, unknown>;

const FILE = "__index";
const EXPORT = "handler";

/** Handler setting of a function whose code is a `closureArchive`. */
export const CLOSURE_HANDLER = `${FILE}.${EXPORT}`;

/** What the runtime supplies beside Node's own modules: the AWS SDK v3 (AWS Lambda guide, "Node.js runtimes"). */
const SUPPLIED = /^@(aws-sdk|smithy)\//;
const REQUIRED_MODULE = /\brequire\(["'`]([^"'`]+)["'`]\)/g;

// Reading a closure takes Pulumi half a second of processor time, and a program may run several times in a process: a
// preview before an update, stack after stack in tests. The text depends on nothing but the factory.
const serialized = new WeakMap<HandlerFactory, Promise<string>>();

/**
 * Archive with the text of a closure and nothing else. `aws.lambda.CallbackFunction` would look through every installed
 * package for what to pack with it; handlers have no packages.
 *
 * @param factory captures no output and no secret: settings and secrets' ARNs belong in the environment
 * @throws InvalidArgumentError (through the output) if the closure captures a module that the runtime does not supply
 */
export function closureArchive(factory: HandlerFactory): pulumi.Output<pulumi.asset.AssetArchive> {
  let text = serialized.get(factory);
  if (text === undefined) {
    text = serialize(factory);
    serialized.set(factory, text);
  }
  return pulumi.output(text).apply((code) => {
    return new pulumi.asset.AssetArchive({ [`${FILE}.js`]: new pulumi.asset.StringAsset(code) });
  });
}

const factories = new WeakMap<object, Map<string, HandlerFactory>>();

/**
 * Factory that captures settings: equal settings give the same factory, so that its text is read once.
 *
 * @param make declared at a module's top level, since factories are remembered by it
 * @param settings plain data: no Set, no Map, no output
 */
export function capturing<S>(make: (settings: S) => HandlerFactory, settings: S): HandlerFactory {
  const made = factories.get(make) ?? new Map<string, HandlerFactory>();
  factories.set(make, made);
  const key = JSON.stringify(settings);
  const factory = made.get(key) ?? make(settings);
  made.set(key, factory);
  return factory;
}

async function serialize(factory: HandlerFactory): Promise<string> {
  // Without `allowSecrets` Pulumi refuses a captured secret, which would stand in the archive in clear.
  const { text } = await pulumi.runtime.serializeFunction(factory, { exportName: EXPORT, isFactoryFunction: true });
  const foreign = [...text.matchAll(REQUIRED_MODULE)]
    .map(([, module]) => module ?? "")
    .filter((module) => !isBuiltin(module) && !SUPPLIED.test(module));
  if (foreign.length > 0) {
    throw new InvalidArgumentError(
      `the closure "${factory.name}" captures ${[...new Set(foreign)].join(", ")}, which the Lambda runtime does not supply; ` +
        "use Node's own modules, and the AWS SDK by `require` inside the function (handlers/runtime-sdk.ts)",
    );
  }
  return text;
}
