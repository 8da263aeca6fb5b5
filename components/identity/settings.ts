import { InvalidArgumentError } from "../errors";

/** Forges whose CI can prove who it is by OpenID Connect. */
export const CI_PROVIDERS = ["github", "gitlab"] as const;
/** A forge whose CI deploys. */
export type CiProvider = (typeof CI_PROVIDERS)[number];

/** Where a forge's tokens come from, and how their `sub` names a branch. */
export const CI_ISSUERS: Readonly<Record<CiProvider, { host: string; audience: string; subject: SubjectOf }>> = {
  // https://docs.github.com/actions/reference/security/oidc: "Filtering for a specific branch".
  github: {
    host: "token.actions.githubusercontent.com",
    audience: "sts.amazonaws.com",
    subject: (repository, branch) => `repo:${repository}:ref:refs/heads/${branch}`,
  },
  // https://docs.gitlab.com/ci/cloud_services/aws/: `sub` of a job on a branch; the audience is the job's to choose.
  gitlab: {
    host: "gitlab.com",
    audience: "https://gitlab.com",
    subject: (repository, branch) => `project_path:${repository}:ref_type:branch:ref:${branch}`,
  },
};

type SubjectOf = (repository: string, branch: string) => string;

/** Which CI may deploy: jobs of one branch of one repository, and nobody's keys. */
export interface CiSettings {
  provider: CiProvider;
  /** `owner/name`; on GitLab with its groups. */
  repository: string;
  /** @default `DEFAULT_CI_BRANCH` */
  branch?: string;
  /**
   * Managed policies of the account that say what a deployment may do (docs/access.md has one). They are not the stack's:
   * a deployer that writes its own rights has every right.
   */
  policyArns: readonly string[];
}

/** Branch that deploys. */
export const DEFAULT_CI_BRANCH = "main";

/** Who takes on the roles of people and CI. A role that nobody may take on is not made. */
export interface IdentitySettings {
  /** ARNs of roles or users: dashboards. They ask gold in the workgroup `bi`. @default none */
  bi?: readonly string[];
  /** Analysts: they ask gold and restored dates in the workgroup `adhoc`. @default none */
  analysts?: readonly string[];
  /** Engineers on duty: they run jobs, load, replay, and read every layer. @default none */
  operators?: readonly string[];
  /** Privacy officers: they erase and export persons, and nobody else but the account's admins does. @default none */
  privacy?: readonly string[];
  /** @default no role for CI */
  ci?: CiSettings;
  /** Whether Lake Formation grants dashboards and analysts the columns that they read (`LakeFormation`). @default false: IAM does */
  lakeFormation?: boolean;
}

/** ARN of what may take on a role: a role or a user of IAM, by its full name. */
const PRINCIPAL = /^arn:aws[a-z-]*:iam::\d{12}:(role|user)\/[\w+=,.@/-]+$/;
/** Owner, or groups, and name. */
const REPOSITORY = /^[\w.-]+(\/[\w.-]+)+$/;
/** What Git allows and no wildcard of IAM is. */
const BRANCH = /^[\w./-]+$/;
const POLICY = /^arn:aws[a-z-]*:iam::\d{12}:policy\/[\w+=,.@/-]+$/;

/** Whether text is the ARN of one role or user; no wildcard, no root, which would be everybody of an account. */
export function isPrincipal(text: string): boolean {
  return PRINCIPAL.test(text);
}

/** Whether text names a repository. */
export function isRepository(text: string): boolean {
  return REPOSITORY.test(text);
}

/** Whether text names one branch. */
export function isBranch(text: string): boolean {
  return BRANCH.test(text);
}

/** Whether text is the ARN of a managed policy of an account's own. */
export function isOwnPolicy(text: string): boolean {
  return POLICY.test(text);
}

/**
 * Checks what IAM would take and mean more than was meant.
 * @throws InvalidArgumentError
 */
export function validateIdentity({ bi = [], analysts = [], operators = [], privacy = [], ci }: IdentitySettings): void {
  const check = (what: string, value: string, good: boolean, rule: string): void => {
    if (!good) throw new InvalidArgumentError(`${what} is ${JSON.stringify(value)}: it must be ${rule}`);
  };
  for (const [what, principals] of Object.entries({ bi, analysts, operators, privacy })) {
    for (const one of principals) check(what, one, isPrincipal(one), "the ARN of one IAM role or user");
  }
  if (ci === undefined) return;
  check("ci.repository", ci.repository, isRepository(ci.repository), "owner/name");
  const branch = ci.branch ?? DEFAULT_CI_BRANCH;
  check("ci.branch", branch, isBranch(branch), "the name of one branch");
  for (const arn of ci.policyArns) check("ci.policyArns", arn, isOwnPolicy(arn), "the ARN of a policy of the account");
  check("ci.policyArns", "", ci.policyArns.length > 0, "at least one policy, without which CI could deploy nothing");
}
