import * as pulumi from "@pulumi/pulumi";
import type { DeletionKeys } from "./types";

/** Days until a key of a deletable stack is gone: 7 is the least that KMS allows. */
export const DELETABLE_KEY_WINDOW_DAYS = 7;
/** Days to notice that a key is scheduled for deletion: 30 is the most that KMS allows. */
export const RETAINED_KEY_WINDOW_DAYS = 30;

/** Data may be deleted only if it is both asked for and permitted. */
export function mayDelete(keys: DeletionKeys): boolean {
  return keys.deleteData && keys.allowDelete;
}

/**
 * Options for everything that holds data or decides how data is read.
 *
 * Retained resources leave the state but stay in the account: `protect` would make `pulumi destroy` fail half way
 * instead, and teach people to unprotect. A retained bucket keeps its policy, key and public access block, because
 * removing those from under the data would be worse than deleting it.
 */
export function dataOptions(keys: DeletionKeys): Pick<pulumi.CustomResourceOptions, "retainOnDelete"> {
  return { retainOnDelete: !mayDelete(keys) };
}

/** Says once, on `resource`, that only one of the two keys is turned. */
export function warnIfRefused(keys: DeletionKeys, resource: pulumi.Resource): void {
  if (keys.deleteData && !keys.allowDelete) {
    void pulumi.log.warn(
      "deleteData is true but allowDelete is false: buckets, keys, catalog and secrets are kept on destroy. " +
        "To delete them too: pulumi config set clickstream:allowDelete true",
      resource,
    );
  }
}
