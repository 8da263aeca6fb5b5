import { GetConnectionCommand, GetJobCommand, GlueClient } from "@aws-sdk/client-glue";
import { DescribeKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import {
  paginateGetResources,
  ResourceGroupsTaggingAPIClient,
  type TagFilter,
} from "@aws-sdk/client-resource-groups-tagging-api";
import { DescribeSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import type { ClientSettings } from "../stack/clients";
import type { SettingsOf } from "./by-name";

/** A resource as the Resource Groups Tagging API knows it. */
export interface TaggedResource {
  arn: string;
  tags: Readonly<Record<string, string>>;
}

/** All resources of the account and region that match every filter. */
export async function taggedResources(settings: ClientSettings, filters: TagFilter[]): Promise<TaggedResource[]> {
  const client = new ResourceGroupsTaggingAPIClient(settings);
  try {
    const found: TaggedResource[] = [];
    for await (const page of paginateGetResources({ client, pageSize: 100 }, { TagFilters: filters })) {
      for (const { ResourceARN: arn, Tags = [] } of page.ResourceTagMappingList ?? []) {
        if (arn === undefined) continue;
        found.push({ arn, tags: Object.fromEntries(Tags.map(({ Key, Value }) => [Key ?? "", Value ?? ""])) });
      }
    }
    return found;
  } finally {
    client.destroy();
  }
}

/**
 * False for a key or secret that is only waiting for the end of its days, and for a job or connection that is gone although
 * its tags are still known; true for anything else that is tagged.
 */
export async function stillExists(settings: SettingsOf, arn: string): Promise<boolean> {
  const [, , service, , , resource = ""] = arn.split(":");
  if (service === "kms") {
    const client = new KMSClient(settings("default"));
    const { KeyMetadata } = await gone(client.send(new DescribeKeyCommand({ KeyId: arn })));
    client.destroy();
    return KeyMetadata !== undefined && KeyMetadata.KeyState !== "PendingDeletion";
  }
  if (service === "secretsmanager") {
    const client = new SecretsManagerClient(settings("default"));
    const secret = await gone(client.send(new DescribeSecretCommand({ SecretId: arn })));
    client.destroy();
    return secret.ARN !== undefined && secret.DeletedDate === undefined;
  }
  const [kind, ...rest] = resource.split("/");
  if (service === "glue" && (kind === "job" || kind === "connection")) {
    const client = new GlueClient(settings("glue"));
    const name = rest.join("/");
    const found = await gone<{ Job?: unknown; Connection?: unknown }>(
      kind === "job"
        ? client.send(new GetJobCommand({ JobName: name }))
        : // The password of a connection is no business of a sweep.
          client.send(new GetConnectionCommand({ Name: name, HidePassword: true })),
    );
    client.destroy();
    return (found.Job ?? found.Connection) !== undefined;
  }
  return true;
}

/** What the service says, or nothing of it where there is no such thing any more. */
async function gone<T extends object>(answer: Promise<T>): Promise<Partial<T>> {
  return answer.catch((error: unknown) => {
    if (error instanceof Error && /NotFound/.test(error.name)) return {};
    throw error;
  });
}
