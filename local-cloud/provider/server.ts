/**
 * Pulumi's provider protocol over gRPC, without the base server of `@pulumi/pulumi/provider`: that one hands neither
 * the provider's configuration nor the old inputs nor the preview flag to the provider, and costs half a second to load.
 */
import * as grpc from "@grpc/grpc-js";
import { createHash, randomBytes } from "node:crypto";
import * as empty from "google-protobuf/google/protobuf/empty_pb";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { Struct, type JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb";
import * as plugin from "@pulumi/pulumi/proto/plugin_pb";
import * as pb from "@pulumi/pulumi/proto/provider_pb";
import * as status from "@pulumi/pulumi/proto/status_pb";
// The generated service has no runtime `.d.ts` name for the constant; it is the same object the SDK's own server uses.
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import type { Failure } from "./check";
import { exitWithEngine } from "./exit";
import type { Props } from "./mapping";
import type { Provider } from "./provider";
import { PartialCreateError } from "./request";

const toProps = (struct: Struct | undefined): Props =>
  struct === undefined ? {} : (withoutNulls(struct.toJavaScript()) as Props);

/** Structs cannot hold `undefined`; everything else that JSON can hold passes. */
const toStruct = (props: Props): Struct =>
  Struct.fromJavaScript(JSON.parse(JSON.stringify(props)) as Record<string, JavaScriptValue>);

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== null && member !== undefined)
      .map(([key, member]) => [key, withoutNulls(member)]),
  );
}

/** Outputs, old inputs and new inputs of a resource that changes. */
const states = (request: pb.DiffRequest | pb.UpdateRequest): [Props, Props, Props] => [
  toProps(request.getOlds()),
  toProps(request.getOldInputs()),
  toProps(request.getNews()),
];

type Call<T> = { request: T };

/** The seven hexadecimal digits of an automatic name: from the engine's seed, so that preview and update agree. */
function suffixOf(seed: Uint8Array | string): string {
  const bytes = seed.length > 0 ? Buffer.from(seed as Uint8Array) : randomBytes(16);
  return createHash("sha256").update(bytes).digest("hex").slice(0, 7);
}

function checkResponse(inputs: Props, failures: readonly Failure[]): pb.CheckResponse {
  const response = new pb.CheckResponse();
  response.setInputs(toStruct(inputs));
  for (const { property, reason } of failures) {
    const failure = new pb.CheckFailure();
    failure.setProperty(property);
    failure.setReason(reason);
    response.addFailures(failure);
  }
  return response;
}

/** A create that failed half-way hands back the id, so that the engine records the resource and can destroy it. */
export function errorResponse(error: unknown): grpc.ServiceError {
  const message = error instanceof Error ? error.message : String(error);
  const metadata = new grpc.Metadata();
  if (error instanceof PartialCreateError) {
    const detail = new pb.ErrorResourceInitFailed();
    detail.setId(error.id);
    detail.setProperties(toStruct(error.outs));
    detail.setReasonsList([message]);
    const packed = new Any();
    packed.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
    const carrier = new status.Status();
    carrier.setCode(grpc.status.UNKNOWN);
    carrier.setMessage(message);
    carrier.addDetails(packed);
    metadata.add("grpc-status-details-bin", Buffer.from(carrier.serializeBinary()));
  }
  return Object.assign(new Error(message), { code: grpc.status.UNKNOWN, details: message, metadata });
}

/** The protocol's methods; each turns a message into a call of the provider and back. */
export function methods(provider: Provider): Record<string, (request: never) => Promise<unknown>> {
  return {
    handshake: async () => new pb.ProviderHandshakeResponse(),
    attach: async () => new empty.Empty(),
    cancel: async () => {
      provider.cancel();
      return new empty.Empty();
    },
    getPluginInfo: async () => {
      const info = new plugin.PluginInfo();
      info.setVersion(provider.version);
      return info;
    },
    getSchema: async () => {
      const response = new pb.GetSchemaResponse();
      response.setSchema("{}");
      return response;
    },
    checkConfig: async (request: pb.CheckRequest) => {
      const news = toProps(request.getNews());
      return checkResponse(news, provider.checkConfig(news));
    },
    diffConfig: async () => new pb.DiffResponse(),
    configure: async (request: pb.ConfigureRequest) => {
      provider.configure(toProps(request.getArgs()));
      const response = new pb.ConfigureResponse();
      // Secrets: the engine strips them on the way in and marks the outputs of the same name on the way back.
      response.setSupportspreview(true);
      return response;
    },
    invoke: async (request: pb.InvokeRequest) => {
      const response = new pb.InvokeResponse();
      response.setReturn(toStruct(await provider.invoke(request.getTok(), toProps(request.getArgs()))));
      return response;
    },
    check: async (request: pb.CheckRequest) => {
      const urn = request.getUrn();
      const olds = toProps(request.getOlds());
      const news = toProps(request.getNews());
      const checked = provider.check(urn, olds, news, suffixOf(request.getRandomseed()));
      return checkResponse(checked.inputs, checked.failures);
    },
    diff: async (request: pb.DiffRequest) => {
      const response = new pb.DiffResponse();
      const [outs, olds, news] = states(request);
      const diff = provider.diff(request.getUrn(), outs, olds, news);
      const { DIFF_SOME, DIFF_NONE } = pb.DiffResponse.DiffChanges;
      response.setChanges(diff.changed.length > 0 ? DIFF_SOME : DIFF_NONE);
      response.setDiffsList(diff.changed);
      response.setReplacesList(diff.replaces);
      response.setDeletebeforereplace(diff.deleteBeforeReplace);
      return response;
    },
    create: async (request: pb.CreateRequest) => {
      const response = new pb.CreateResponse();
      const inputs = toProps(request.getProperties());
      const { id, outs } = await provider.create(request.getUrn(), inputs, request.getTimeout(), request.getPreview());
      response.setId(id);
      response.setProperties(toStruct(outs));
      return response;
    },
    read: async (request: pb.ReadRequest) => {
      const response = new pb.ReadResponse();
      const outs = toProps(request.getProperties());
      const found = await provider.read(request.getUrn(), request.getId(), outs, toProps(request.getInputs()));
      if (found === undefined) return response; // An empty id tells the engine that the resource is gone.
      response.setId(found.id);
      response.setProperties(toStruct(found.outs));
      response.setInputs(toStruct(found.inputs));
      return response;
    },
    update: async (request: pb.UpdateRequest) => {
      const response = new pb.UpdateResponse();
      const [outs, olds, news] = states(request);
      const options = { timeout: request.getTimeout(), preview: request.getPreview() };
      response.setProperties(
        toStruct(await provider.update(request.getUrn(), request.getId(), outs, olds, news, options)),
      );
      return response;
    },
    delete: async (request: pb.DeleteRequest) => {
      const [outs, olds] = [toProps(request.getProperties()), toProps(request.getOldInputs())];
      await provider.delete(request.getUrn(), request.getId(), outs, olds, request.getTimeout());
      return new empty.Empty();
    },
  };
}

/** Serves the provider on a loopback port and prints that port, as the engine expects of a plugin. */
export function serve(provider: Provider): void {
  const unlimited = { "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 };
  const server = new grpc.Server(unlimited);
  const handlers = Object.entries(methods(provider)).map(([name, method]) => [
    name,
    (call: Call<never>, callback: (error: grpc.ServiceError | null, response?: unknown) => void): void => {
      method(call.request).then(
        (response) => callback(null, response),
        (error: unknown) => callback(errorResponse(error)),
      );
    },
  ]);
  server.addService(ResourceProviderService, Object.fromEntries(handlers) as grpc.UntypedServiceImplementation);
  server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
    if (error) throw error;
    process.stdout.write(`${port}\n`);
  });
  exitWithEngine();
}
