import type { EngineEvent } from "@pulumi/pulumi/automation";

/** What a driver is about. */
export type Phase = "create" | "up" | "destroy" | "verify";
/** What the engine does to one resource. */
export type ResourceOperation = "create" | "update" | "delete" | "replace" | "read" | "refresh" | "import";

/** Progress as data; `at` is epoch milliseconds. */
export type StackEvent = { at: number; stack: string } & (
  | { type: "phase"; phase: Phase; status: "started" }
  | { type: "phase"; phase: Phase; status: "finished" | "failed"; seconds: number; error?: string }
  | {
      type: "resource";
      status: "started" | "finished" | "failed";
      operation: ResourceOperation;
      /** Logical name. */
      name: string;
      /** Pulumi's type, for example `aws:s3/bucket:Bucket`. */
      resourceType: string;
    }
  | { type: "diagnostic"; severity: "warning" | "error"; message: string }
  | { type: "retry"; phase: Phase; attempt: number; afterSeconds: number; reason: string }
);

/** An event before it says when, and of which stack. */
export type StackEventBody = StackEvent extends infer E ? (E extends unknown ? Omit<E, "at" | "stack"> : never) : never;

/** Pulumi's steps of a replacement are its own business. */
const OPERATIONS: Readonly<Record<string, ResourceOperation>> = {
  create: "create",
  update: "update",
  delete: "delete",
  replace: "replace",
  read: "read",
  refresh: "refresh",
  import: "import",
  "create-replacement": "replace",
  "delete-replaced": "delete",
};

/** What an event of the engine says to people, undefined where nothing. */
export function stackEventOf(event: EngineEvent): StackEventBody | undefined {
  const { resourcePreEvent: begun, resOutputsEvent: ended, resOpFailedEvent: failed, diagnosticEvent: said } = event;
  if (said !== undefined) {
    if (said.severity !== "warning" && said.severity !== "error") return undefined;
    return { type: "diagnostic", severity: said.severity, message: said.message.trim() };
  }
  const of = (metadata: { op: string; urn: string; type: string }, status: "started" | "finished" | "failed") => {
    const operation = OPERATIONS[metadata.op];
    if (operation === undefined) return undefined;
    const name = metadata.urn.split("::").slice(3).join("::");
    return { type: "resource" as const, status, operation, name, resourceType: metadata.type };
  };
  if (begun !== undefined) return of(begun.metadata, "started");
  if (ended !== undefined) return of(ended.metadata, "finished");
  if (failed !== undefined) return of(failed.metadata, "failed");
  return undefined;
}
