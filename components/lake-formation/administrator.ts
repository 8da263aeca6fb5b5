import { InvalidArgumentError } from "../errors";

/** Session of a role, as STS names who calls with it; the role's path is not in it. */
const SESSION = /^arn:[\w-]+:sts::(\d{12}):assumed-role\/([^/]+)\/[^/]+$/;
const ROLE = /^arn:[\w-]+:iam::(\d{12}):role\/(?:.*\/)?([^/]+)$/;

/**
 * Checks that who deploys is a data lake administrator: only one may opt principals in and grant on what others made
 * (Lake Formation guide, "Hybrid access mode considerations and limitations", "Implicit Lake Formation permissions").
 *
 * @param caller ARN that STS gives for the deployment's credentials
 * @param admins ARNs of the account's data lake administrators: roles and users
 * @throws InvalidArgumentError
 */
export function checkAdministrator(caller: string, admins: readonly string[]): void {
  if (admins.some((admin) => admin === caller || isSessionOf(caller, admin))) return;
  const known = admins.length === 0 ? "it has none" : `they are ${admins.join(", ")}`;
  throw new InvalidArgumentError(
    `lakeFormation is on, but ${caller}, who deploys, is no data lake administrator of the account (${known}): only one ` +
      "may opt roles in and grant. Let an administrator add it in Lake Formation's console (Administrative roles and " +
      "tasks), or set lakeFormation to false (docs/lake-formation.md)",
  );
}

function isSessionOf(caller: string, admin: string): boolean {
  const [, account, name] = SESSION.exec(caller) ?? [];
  const [, ofAccount, ofName] = ROLE.exec(admin) ?? [];
  return account !== undefined && account === ofAccount && name === ofName;
}
