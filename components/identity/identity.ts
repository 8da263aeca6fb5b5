import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { InvalidArgumentError } from "../errors";
import { componentType, fittingName } from "../naming";
import { policyDocument, type PolicyStatement } from "../policy";
import type { AwsAccount, BucketRef, KeyRef, LakeLocation, Tags } from "../types";
import { askIn, readGoverned, readTables } from "./lake-questions";
import { operatorStatements, type Operated } from "./operator";
import { privacyStatements, type Erased } from "./privacy-officer";
import { validateIdentity, type CiSettings, type IdentitySettings } from "./settings";
import { ciTrust, peopleTrust } from "./trust";

/** Arguments of `Identity`. */
export interface IdentityArgs {
  account: AwsAccount;
  /** Whom the roles are for. */
  settings: IdentitySettings;
  /** Tables of gold, for everybody. */
  gold: readonly [LakeLocation, ...LakeLocation[]];
  /** Results of queries; each workgroup's are below its own id. */
  results: { bucket: BucketRef; key: KeyRef };
  biWorkgroup: pulumi.Input<string>;
  adhocWorkgroup: pulumi.Input<string>;
  /** What engineers on duty work with. @default nothing: a stack without a lake of its own has no operators */
  operated?: Omit<Operated, "account">;
  /** What privacy officers erase from. @default nothing, as of `operated` */
  erased?: Omit<Erased, "account" | "results">;
  /** What a role's session may do to a warehouse beside; none without one. */
  warehouse?: readonly PolicyStatement[];
  /** @default none */
  tags?: Tags;
}

/** For whom there is a role. */
type PersonOrCi = "bi" | "analyst" | "operator" | "privacy" | "deployer";

/** Longest session of a person: a working day (IAM allows 1 to 12 hours). Seconds. */
const PERSON_SESSION = 8 * 3600;
/** What an export asks Athena for (automation/privacy/export.ts). */
const EXPORT_ACTIONS = ["StartQueryExecution", "GetQueryExecution", "GetQueryResults"];
/** Longest session of a deployment, seconds: IAM's shortest; an `up` takes minutes. */
const CI_SESSION = 3600;

/**
 * Roles of people and of CI, each made only when somebody is named who takes it on. There are no users and no keys: people
 * come from the account's sign-on, CI with a token of its forge.
 */
export class Identity extends pulumi.ComponentResource {
  /** ARNs by actor; a role that is not made has none. */
  readonly roleArns: Readonly<Partial<Record<PersonOrCi, pulumi.Output<string>>>>;

  /** @throws InvalidArgumentError for principals, a repository or a branch that would let in more than was meant */
  constructor(name: string, args: IdentityArgs, opts?: pulumi.ComponentResourceOptions) {
    validateIdentity(args.settings);
    checkOperated(args);
    super(componentType("Identity"), name, {}, opts);
    const { bi, analysts, operators, privacy, ci } = args.settings;
    this.roleArns = {
      ...this.person(name, "bi", "Dashboards: gold, in the workgroup bi", bi, args, biStatements(args)),
      ...this.person(name, "analyst", "Analysts: gold, ad hoc", analysts, args, analystStatements(args)),
      ...this.person(name, "operator", "Engineers on duty", operators, args, dutyStatements(args)),
      ...this.person(name, "privacy", "Privacy officers: erase, export", privacy, args, officerStatements(args)),
      ...(ci === undefined ? {} : { deployer: this.createDeployer(name, args, ci).arn }),
    };
    this.registerOutputs({ roleArns: this.roleArns });
  }

  private person<K extends string>(
    name: string,
    actor: K,
    description: string,
    principals: readonly string[] | undefined,
    { tags }: IdentityArgs,
    statements: readonly PolicyStatement[],
  ): Partial<Record<K, pulumi.Output<string>>> {
    if (principals === undefined || principals.length === 0) return {};
    const logicalName = `${name}-${actor}`;
    const role = new aws.iam.Role(
      fittingName("IAM role", logicalName),
      { description, assumeRolePolicy: peopleTrust(principals), maxSessionDuration: PERSON_SESSION, tags },
      { parent: this },
    );
    new aws.iam.RolePolicy(logicalName, { role: role.name, policy: policyDocument(statements) }, { parent: this });
    return { [actor]: role.arn } as Record<K, pulumi.Output<string>>;
  }

  private createDeployer(name: string, { account, tags }: IdentityArgs, ci: CiSettings): aws.iam.Role {
    const logicalName = `${name}-deployer`;
    const role = new aws.iam.Role(
      fittingName("IAM role", logicalName),
      {
        description: `CI of ${ci.repository}`,
        assumeRolePolicy: ciTrust(account, ci),
        maxSessionDuration: CI_SESSION,
        tags,
      },
      { parent: this },
    );
    ci.policyArns.forEach((policyArn, index) => {
      const attached = index === 0 ? logicalName : `${logicalName}-${index + 1}`;
      new aws.iam.RolePolicyAttachment(attached, { role: role.name, policyArn }, { parent: this });
    });
    new aws.iam.RolePolicy(logicalName, { role: role.name, policy: keepsItsPlace(role.arn) }, { parent: this });
    return role;
  }
}

function biStatements(args: IdentityArgs): PolicyStatement[] {
  const { account, biWorkgroup, results, gold } = args;
  const place = { ...results, prefix: "bi/" };
  return [...askIn("Bi", { account, workgroup: biWorkgroup, results: place }), ...readGold(args, gold)];
}

function analystStatements(args: IdentityArgs): PolicyStatement[] {
  const { account, adhocWorkgroup, results, gold, operated } = args;
  const place = { ...results, prefix: "adhoc/" };
  const tables: typeof gold = operated === undefined ? gold : [...gold, operated.restored];
  return [...askIn("Adhoc", { account, workgroup: adhocWorkgroup, results: place }), ...readGold(args, tables)];
}

function readGold({ account, settings }: IdentityArgs, tables: IdentityArgs["gold"]): PolicyStatement[] {
  return (settings.lakeFormation === true ? readGoverned : readTables)("Gold", account, tables);
}

function dutyStatements(args: IdentityArgs): PolicyStatement[] {
  const { account, adhocWorkgroup, results, operated, warehouse } = args;
  return [
    ...askIn("Adhoc", { account, workgroup: adhocWorkgroup, results: { ...results, prefix: "adhoc/" } }),
    ...(operated === undefined ? [] : operatorStatements({ account, ...operated })),
    ...(warehouse ?? []),
  ];
}

function officerStatements(args: IdentityArgs): PolicyStatement[] {
  const { account, adhocWorkgroup, results, erased, warehouse } = args;
  return [
    ...askIn("Export", {
      account,
      workgroup: adhocWorkgroup,
      results: { ...results, prefix: "adhoc/" },
      actions: EXPORT_ACTIONS,
    }),
    ...(erased === undefined ? [] : privacyStatements({ account, results: results.bucket, ...erased })),
    ...(warehouse ?? []),
  ];
}

/** @throws InvalidArgumentError for people who would have nothing to operate or to erase from */
function checkOperated({ operated, erased, settings: { operators = [], privacy = [] } }: IdentityArgs): void {
  const idle = [...(operated === undefined ? operators : []), ...(erased === undefined ? privacy : [])];
  if (idle.length === 0) return;
  throw new InvalidArgumentError(
    `operators and privacy officers are ${JSON.stringify(idle)}, but the stack has no lake of its own: name them on the stack that owns it`,
  );
}

/** Whatever else it may do, a deployment does not change who deploys. */
function keepsItsPlace(roleArn: pulumi.Output<string>): pulumi.Output<string> {
  return policyDocument([
    {
      Sid: "NotItself",
      Effect: "Deny",
      Action: [
        "iam:AttachRolePolicy",
        "iam:DeleteRolePermissionsBoundary",
        "iam:PutRolePermissionsBoundary",
        "iam:PutRolePolicy",
        "iam:UpdateAssumeRolePolicy",
      ],
      Resource: roleArn,
    },
  ]);
}
