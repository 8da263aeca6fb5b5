import { StartJobRunCommand } from "@aws-sdk/client-glue";
import { GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { GetSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import { queryAthena } from "../../../automation/stack/athena";
import type { AwsClients } from "../../../automation/stack/clients";
import type { StackOutputs } from "../../../automation/stack/outputs";
import type { Actors, Keys } from "./actors";

/** What attempts need to know of the stack. */
export interface Scene {
  outputs: StackOutputs;
  actors: Actors;
  /** Bucket of somebody else in the same account. */
  teamB: string;
  /** Objects that are there, one a layer. */
  rawKey: string;
  silverKey: string;
  goldKey: string;
  auditKey: string;
  keys: Record<string, Keys>;
  clients: Record<string, AwsClients>;
}

/** One attempt that must fail. */
export interface Refusal {
  who: string;
  what: string;
  /** Of the error's name and message. */
  code: RegExp;
  attempt: (as: AwsClients, scene: Scene) => Promise<unknown>;
}

/** A call that no policy lets in, or that one forbids. */
export const DENIED = /^(AccessDenied|AccessDeniedException|AuthorizationError|AuthorizationErrorException): /;
/** A query that Athena started and could not go on with. */
export const QUERY_DENIED = /PERMISSION_DENIED: .*not authorized to perform: /;

/** Downloads an object of the scene. */
export const read = (bucket: keyof StackOutputs, key: keyof Scene) => (as: AwsClients, scene: Scene) =>
  as.s3.send(new GetObjectCommand({ Bucket: scene.outputs[bucket], Key: scene[key] as string }));
/** Writes an object with the bucket's own key. */
export const write =
  (bucket: keyof StackOutputs, Key: string) =>
  (as: AwsClients, { outputs }: Scene) =>
    as.s3.send(new PutObjectCommand({ Bucket: outputs[bucket], Key, Body: "x" }));
/** Reads the key of a hash. */
export const secretOf =
  (output: "pseudonymSecretArn" | "subjectSecretArn") =>
  (as: AwsClients, { outputs }: Scene) =>
    as.secrets.send(new GetSecretValueCommand({ SecretId: outputs[output] }));
/** The key of the pseudonyms. */
export const secret = secretOf("pseudonymSecretArn");
/** Starts a job of the stack. */
export const starts =
  (job: "silverJob" | "goldJob" | "privacyJob") =>
  ({ glue }: AwsClients, { outputs }: Scene) =>
    glue.send(new StartJobRunCommand({ JobName: outputs[job] }));
/** Counts the rows of a table. */
export const asks =
  (layer: "bronze" | "silver" | "gold", table: string, workgroup: "bi" | "adhoc") =>
  ({ athena }: AwsClients, { outputs }: Scene) =>
    queryAthena(
      athena,
      { workgroup: outputs[`${workgroup}Workgroup`], database: outputs[`${layer}Database`] },
      `SELECT count(*) FROM ${table}`,
    );
/** Takes on a role of the stack. */
export const takesOn =
  (name: string) =>
  async (_: AwsClients, { outputs, actors, keys }: Scene, who: string) =>
    actors.assume(await actors.roleOf(outputs.pipelineName, name), keys[who] ?? {});
