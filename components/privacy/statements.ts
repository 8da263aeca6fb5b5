import type * as pulumi from "@pulumi/pulumi";
import { ARCHIVE_PREFIX } from "../cold-tier";
import { decryptWith, readObjects, writeObjects } from "../lake-access";
import type { PolicyStatement } from "../policy";
import { hashKeyStatement } from "./hash-key";
import { PRIVACY_FOLDER } from "./prefixes";
import type { ErasedTables } from "./privacy";
import { versionsOf } from "./versions";

/**
 * What the job erase_raw may do: rewrite raw objects and delete their old versions, read every other layer to count what
 * is left in it, and write nothing there. It reads folders, not tables: what no catalog names any more counts too.
 */
export function rewriteStatements(
  tables: ErasedTables,
  secrets: { subjects: pulumi.Input<string>; pseudonyms: pulumi.Input<string> },
): PolicyStatement[] {
  const { raw, events, quarantine, subjects, clicks, users } = tables;
  const silver = [events, quarantine, subjects];
  return [
    ...writeObjects("Raw", raw.bucket, [raw.prefix]),
    ...versionsOf("RawVersions", raw.bucket, [raw.prefix]),
    ...readObjects("Silver", events.bucket, [
      ...silver.map(({ prefix }) => prefix),
      PRIVACY_FOLDER.requests,
      PRIVACY_FOLDER.located,
    ]),
    ...readObjects("Gold", clicks.bucket, [clicks.prefix, users.prefix, ARCHIVE_PREFIX]),
    decryptWith("LakeKeys", [events.key, clicks.key]),
    hashKeyStatement("SubjectKey", secrets.subjects),
    hashKeyStatement("Pseudonyms", secrets.pseudonyms),
  ];
}
