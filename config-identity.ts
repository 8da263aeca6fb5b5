import { z } from "zod";
import {
  CI_PROVIDERS,
  DEFAULT_CI_BRANCH,
  isBranch,
  isOwnPolicy,
  isPrincipal,
  isRepository,
} from "./components/identity/settings";
import { flag, json, orNothing, type KeySpec } from "./config-values";

/** A trust policy holds 2,048 characters by default (IAM quotas): about 15 ARNs. */
const MOST_PRINCIPALS = 15;
const principals = json(z.array(z.string().refine(isPrincipal)).max(MOST_PRINCIPALS)).default([]);
const PRINCIPALS_RULE = `must be a JSON list of at most ${MOST_PRINCIPALS} ARNs, each of one IAM role or user`;
const PRINCIPALS_EXAMPLE = `'["arn:aws:iam::111122223333:role/Analysts"]'`;

/** Keys of people, of CI and of what bounds all roles. */
export const IDENTITY_KEYS = {
  biPrincipals: { schema: principals, rule: PRINCIPALS_RULE, example: PRINCIPALS_EXAMPLE },
  analystPrincipals: { schema: principals, rule: PRINCIPALS_RULE, example: PRINCIPALS_EXAMPLE },
  operatorPrincipals: { schema: principals, rule: PRINCIPALS_RULE, example: PRINCIPALS_EXAMPLE },
  privacyPrincipals: { schema: principals, rule: PRINCIPALS_RULE, example: PRINCIPALS_EXAMPLE },
  ciProvider: {
    schema: z.enum(["none", ...CI_PROVIDERS]).default("none"),
    rule: `must be one of none, ${CI_PROVIDERS.join(", ")}`,
    example: "none",
  },
  ciRepository: {
    schema: orNothing(z.string().refine(isRepository)).optional(),
    rule: "must be owner/name of the repository whose CI deploys",
    example: "acme/clickstream",
  },
  ciBranch: {
    schema: z.string().refine(isBranch).default(DEFAULT_CI_BRANCH),
    rule: "must be the name of one branch, without wildcards",
    example: DEFAULT_CI_BRANCH,
  },
  ciPolicyArns: {
    schema: json(z.array(z.string().refine(isOwnPolicy)).max(10)).default([]),
    // IAM quotas: 10 managed policies a role.
    rule: "must be a JSON list of at most 10 ARNs of managed policies of the account (not of AWS)",
    example: `'["arn:aws:iam::111122223333:policy/clickstream-deploy"]'`,
  },
  permissionsBoundaryArn: {
    schema: orNothing(z.string().refine(isOwnPolicy)).optional(),
    rule: "must be the ARN of a managed policy of the account",
    example: "arn:aws:iam::111122223333:policy/clickstream-boundary",
  },
  lakeFormation: { schema: flag.default(false), rule: "must be true or false", example: "false" },
} as const satisfies Record<string, KeySpec>;
