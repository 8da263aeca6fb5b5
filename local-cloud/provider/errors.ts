/** Errors of AWS by what to do about them. */

/** Whether AWS says that the thing does not exist; services name it in a dozen ways. */
export function isNotFound(error: unknown): boolean {
  const { name, message } = error as Error;
  return (
    /NotFound|NoSuch|NonExistent|DoesNotExist|Unknown(Monitor|Subscription)/.test(name) ||
    (/InvalidRequest|Validation/.test(name) && /not found|does not exist/i.test(message))
  );
}

/** Whether time alone heals it: propagation of roles, half-done deletes, throttles beyond the SDK's own. */
export function isTransient(error: unknown): boolean {
  const { name, message } = error as Error;
  return /OperationAborted|ConcurrentModification|QueueDeletedRecently|TooManyUpdates|cannot be assumed|is being (created|updated|deleted)|currently (being|in the)|operation running on/.test(
    `${name} ${message}`,
  );
}
