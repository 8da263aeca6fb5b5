import { expect } from "chai";
import { policyProblems } from "../../../../local-cloud/provider/rules/policies";
import { judgeAll, type Case } from "./judge";

const document = (statement: object, more: object = {}): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...statement }], ...more });
const allow = { Action: "s3:GetObject", Resource: "arn:aws:s3:::b/*" };
const trust = { Action: "sts:AssumeRole", Principal: { Service: "glue.amazonaws.com" } };
const root = { Principal: { AWS: "arn:aws:iam::123456789012:root" }, Action: "kms:*", Resource: "*" };
const inline = (statement: object, more?: object): object => ({ PolicyDocument: document(statement, more) });

const CASES: Case[] = [
  {
    call: "iam.PutRolePolicy",
    good: inline(allow),
    also: [
      inline({ NotAction: "iam:*", Resource: "*" }),
      inline({ ...allow, Sid: "Read1", Condition: { StringEqualsIfExists: { "aws:RequestedRegion": ["a", "b"] } } }),
      inline({
        ...allow,
        Condition: { "ForAnyValue:StringLike": { k: "v*" }, Null: { k: "true" }, Bool: { k: false } },
      }),
      inline({
        ...allow,
        Condition: { NumericLessThanEquals: { k: 5 }, ArnNotLike: { k: "arn:*" }, NotIpAddress: { k: "10.0.0.0/8" } },
      }),
    ],
    bad: [
      [{ PolicyDocument: "not json" }, /in JSON/],
      [inline(allow, { Version: "2008-10-17" }), /Version must be/],
      [inline(allow, { Statement: [] }), /at least one statement/],
      [inline(allow, { Statements: [] }), /no element Statements/],
      [inline({ ...allow, Effect: "allow" }), /Effect must be/],
      [inline({ ...allow, NotAction: "s3:*" }), /Action or NotAction/],
      [inline({ Resource: "*" }), /Action or NotAction/],
      [inline({ ...allow, Action: [] }), /at least one action/],
      [inline({ ...allow, Action: "GetObject" }), /service prefix/],
      [inline({ ...allow, Action: "s3:Get Object" }), /service prefix/],
      [inline({ Action: "s3:*" }), /must have Resource/],
      [inline({ ...allow, NotResource: "*" }), /must have Resource/],
      [inline({ ...allow, Resource: "b/*" }), /ARN format/],
      [inline({ ...allow, Principal: "*" }), /prohibited field Principal/],
      [inline({ ...allow, Sid: "has space" }), /letters and digits/],
      [inline({ ...allow, Extra: 1 }), /no element Extra/],
      [inline({ ...allow, Condition: { StringMatches: { a: "b" } } }), /StringMatches is not known/],
      [inline({ ...allow, Condition: { NullIfExists: { a: "b" } } }), /NullIfExists is not known/],
      [inline({ ...allow, Condition: { Bool: {} } }), /at least one key/],
      [inline({ ...allow, Condition: { Bool: { a: { b: 1 } } } }), /texts, numbers or booleans/],
      [inline({}, { Statement: [1, 2].map(() => ({ Effect: "Allow", Sid: "A", ...allow })) }), /must be unique/],
      [
        inline({ ...allow, Resource: Array.from({ length: 600 }, (_, i) => `arn:aws:s3:::b/${i}`) }),
        /10240 characters/,
      ],
    ],
  },
  {
    call: "iam.CreatePolicy",
    good: inline(allow),
    bad: [
      [inline({ ...allow, Resource: Array.from({ length: 400 }, (_, i) => `arn:aws:s3:::b/${i}`) }), /6144 characters/],
    ],
  },
  {
    call: "iam.CreateRole",
    good: { AssumeRolePolicyDocument: document(trust) },
    also: [
      {
        AssumeRolePolicyDocument: document({
          Action: "sts:AssumeRoleWithWebIdentity",
          Principal: { Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com" },
        }),
      },
    ],
    bad: [
      [{ AssumeRolePolicyDocument: document({ ...trust, Resource: "*" }) }, /prohibited field Resource/],
      [{ AssumeRolePolicyDocument: document({ Action: "sts:AssumeRole" }) }, /must have Principal/],
      [{ AssumeRolePolicyDocument: document({ ...trust, Action: "s3:GetObject" }) }, /out of the policy's scope/],
      [{ AssumeRolePolicyDocument: document({ ...trust, Principal: { Service: "glue" } }) }, /Principal Service glue/],
      [{ AssumeRolePolicyDocument: document({ ...trust, Principal: { AWS: "somebody" } }) }, /Principal AWS somebody/],
      [{ AssumeRolePolicyDocument: document({ ...trust, Principal: { User: "x" } }) }, /Principal User/],
      [
        { AssumeRolePolicyDocument: document({ ...trust, Condition: { StringEquals: { k: "v".repeat(2048) } } }) },
        /2048/,
      ],
    ],
  },
  {
    call: "iam.AttachRolePolicy",
    good: { PolicyArn: "arn:aws:iam::aws:policy/ReadOnlyAccess" },
    bad: [[{ PolicyArn: "ReadOnlyAccess" }, /policy's ARN/]],
  },
  {
    call: "iam.CreateOpenIDConnectProvider",
    good: { Url: "https://token.actions.githubusercontent.com", ThumbprintList: ["a".repeat(40)] },
    bad: [
      [{ Url: "http://x.y" }, /https/],
      [{ ThumbprintList: ["abc"] }, /40 hexadecimal/],
    ],
  },
  {
    call: "kms.CreateKey",
    good: { Policy: document(root) },
    also: [{ Policy: document(root), Description: "x" }, {}, { Policy: document({ ...root, Action: "kms:Put*" }) }],
    bad: [
      [
        { Policy: document({ ...root, Principal: { Service: "logs.us-east-1.amazonaws.com" } }) },
        /will not allow you to update/,
      ],
      [{ Policy: document({ ...root, Action: "kms:Encrypt" }) }, /will not allow you to update/],
      [{ Policy: document({ ...root, Effect: "Deny" }) }, /will not allow you to update/],
      [{ Policy: document({ ...root, Action: ["kms:*", "s3:GetObject"] }) }, /out of the policy's scope/],
      [{ Policy: document({ ...root, Sid: "x".repeat(33_000) }) }, /32768 bytes/],
    ],
  },
  {
    call: "kms.ScheduleKeyDeletion",
    good: { PendingWindowInDays: 7 },
    bad: [
      [{ PendingWindowInDays: 6 }, /7 to 30/],
      [{ PendingWindowInDays: 31 }, /7 to 30/],
    ],
  },
  {
    call: "kms.CreateAlias",
    good: { AliasName: "alias/a-b/c_1" },
    bad: [
      [{ AliasName: "a-b" }, /alias\//],
      [{ AliasName: "alias/aws/s3" }, /aws\//],
    ],
  },
  {
    call: "secretsmanager.CreateSecret",
    good: { Name: "a/b_+=.@-c" },
    bad: [
      [{ Name: "a b" }, /letters, digits/],
      [{ Name: "x".repeat(513) }, /1 to 512/],
    ],
  },
  {
    call: "secretsmanager.DeleteSecret",
    good: { RecoveryWindowInDays: 7 },
    also: [{ RecoveryWindowInDays: undefined, ForceDeleteWithoutRecovery: true }],
    bad: [
      [{ RecoveryWindowInDays: 6 }, /7 to 30/],
      [{ ForceDeleteWithoutRecovery: true }, /at most one of/],
    ],
  },
  {
    call: "secretsmanager.PutSecretValue",
    good: { SecretString: "x" },
    bad: [
      [{ SecretBinary: new Uint8Array(1) }, /exactly one/],
      [{ SecretString: undefined }, /exactly one/],
    ],
  },
  {
    call: "secretsmanager.PutResourcePolicy",
    good: { ResourcePolicy: document({ Principal: "*", Action: "secretsmanager:GetSecretValue", Resource: "*" }) },
    bad: [
      [
        { ResourcePolicy: document({ Principal: "*", Action: "s3:GetObject", Resource: "*" }) },
        /out of the policy's scope/,
      ],
    ],
  },
];

judgeAll(CASES);

describe("a key policy with its safety check off", () => {
  it("may lock everybody out", () => {
    const locked = document({ ...root, Action: "kms:Encrypt" });
    expect([...policyProblems(locked, "key", { BypassPolicyLockoutSafetyCheck: true })]).to.deep.equal([]);
  });
});
