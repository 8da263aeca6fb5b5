import {
  CreateClusterCommand,
  DeleteClusterCommand,
  DescribeClustersCommand,
  DescribeClusterParameterGroupsCommand,
  DescribeClusterParametersCommand,
  DescribeScheduledActionsCommand,
  ModifyClusterCommand,
  ModifyClusterIamRolesCommand,
  ModifyClusterParameterGroupCommand,
  RedshiftClient,
  ResetClusterParameterGroupCommand,
} from "@aws-sdk/client-redshift";
import {
  CreateWorkgroupCommand,
  GetNamespaceCommand,
  GetWorkgroupCommand,
  RedshiftServerlessClient,
  UpdateWorkgroupCommand,
} from "@aws-sdk/client-redshift-serverless";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { mockClient } from "aws-sdk-client-mock";
import { expect } from "chai";
import { Provider } from "../../../local-cloud/provider/provider";
import { TABLE } from "../../../local-cloud/provider/table";

const urn = (token: string): string => `urn:pulumi:s::p::${token}::x`;
const CLUSTER = urn("aws:redshift/cluster:Cluster");
const GROUP = urn("aws:redshift/parameterGroup:ParameterGroup");
const WORKGROUP = urn("aws:redshiftserverless/workgroup:Workgroup");
const INVOCATION = urn("aws:lambda/invocation:Invocation");
const real = { timeout: 5, preview: false };
const role = (name: string): string => `arn:aws:iam::123456789012:role/${name}`;

const sts = mockClient(STSClient);
const redshift = mockClient(RedshiftClient);
const serverless = mockClient(RedshiftServerlessClient);
const lambda = mockClient(LambdaClient);

const FOUND = {
  ClusterIdentifier: "shop",
  ClusterStatus: "available",
  NodeType: "ra3.large",
  NumberOfNodes: 1,
  DBName: "dev",
  Endpoint: { Address: "shop.x.redshift.amazonaws.com", Port: 5439 },
  MasterPasswordSecretArn: "arn:aws:secretsmanager:eu-west-1:1:secret:redshift!shop-owner",
  ClusterParameterGroups: [{ ParameterGroupName: "default.redshift-2.0" }],
  PreferredMaintenanceWindow: "sun:05:00-sun:05:30",
  IamRoles: [{ IamRoleArn: role("copy") }],
  Tags: [],
};
const INPUTS = {
  clusterIdentifier: "shop",
  nodeType: "ra3.large",
  masterUsername: "owner",
  manageMasterPassword: true,
  skipFinalSnapshot: true,
};

describe("Redshift's types", () => {
  let provider: Provider;
  beforeEach(() => {
    for (const client of [sts, redshift, serverless, lambda]) client.reset();
    sts.on(GetCallerIdentityCommand).resolves({ Account: "123456789012" });
    redshift.on(DescribeClustersCommand).resolves({ Clusters: [FOUND] });
    redshift.on(ModifyClusterCommand).resolves({}).on(ModifyClusterIamRolesCommand).resolves({});
    provider = new Provider("1.0.0", TABLE, {});
    provider.configure({ region: "eu-west-1" });
  });

  const sent = (client: typeof redshift | typeof serverless, command: unknown): unknown[] =>
    client.commandCalls(command as typeof ModifyClusterCommand).map(({ args }) => args[0].input);

  it("makes a cluster of one node as single-node, waits for it and gives what AWS decided", async () => {
    redshift.on(CreateClusterCommand).resolves({});
    redshift
      .on(DescribeClustersCommand)
      .resolvesOnce({ Clusters: [{ ...FOUND, ClusterStatus: "creating", Endpoint: undefined }] })
      .resolves({ Clusters: [FOUND] });
    const { id, outs } = await provider.create(CLUSTER, { ...INPUTS, numberOfNodes: 1 }, 5, false);
    expect(id).to.equal("shop");
    expect(sent(redshift, CreateClusterCommand)).to.deep.equal([
      {
        ClusterIdentifier: "shop",
        NodeType: "ra3.large",
        MasterUsername: "owner",
        ClusterType: "single-node",
        ManageMasterPassword: true,
      },
    ]);
    expect(outs).to.deep.include({
      arn: "arn:aws:redshift:eu-west-1:123456789012:cluster:shop",
      endpoint: "shop.x.redshift.amazonaws.com:5439",
      masterPasswordSecretArn: FOUND.MasterPasswordSecretArn,
      databaseName: "dev",
      numberOfNodes: 1,
    });
  });

  it("changes size with type and number together, and nothing that stayed", async () => {
    const olds = { ...INPUTS, enhancedVpcRouting: true, port: 5439 };
    const news = { ...olds, numberOfNodes: 2, port: 5440 };
    await provider.update(CLUSTER, "shop", { arn: "a", tagsAll: {} }, olds, news, real);
    expect(sent(redshift, ModifyClusterCommand)).to.deep.equal([
      { ClusterIdentifier: "shop", Port: 5440, NodeType: "ra3.large", ClusterType: "multi-node", NumberOfNodes: 2 },
    ]);
  });

  it("turns the managed password off by giving one", async () => {
    const news = { ...INPUTS, manageMasterPassword: undefined, masterPassword: "Secret123" };
    await provider.update(CLUSTER, "shop", { arn: "a", tagsAll: {} }, INPUTS, news, real);
    expect(sent(redshift, ModifyClusterCommand)).to.deep.equal([
      { ClusterIdentifier: "shop", ManageMasterPassword: false, MasterUserPassword: "Secret123" },
    ]);
  });

  it("adds and removes roles by their difference", async () => {
    const olds = { ...INPUTS, iamRoles: [role("a"), role("b")] };
    const news = { ...INPUTS, iamRoles: [role("b"), role("c")], defaultIamRoleArn: role("c") };
    await provider.update(CLUSTER, "shop", { arn: "a", tagsAll: {} }, olds, news, real);
    expect(sent(redshift, ModifyClusterIamRolesCommand)).to.deep.equal([
      {
        ClusterIdentifier: "shop",
        AddIamRoles: [role("c")],
        RemoveIamRoles: [role("a")],
        DefaultIamRoleArn: role("c"),
      },
    ]);
    expect(sent(redshift, ModifyClusterCommand)).to.deep.equal([]);
  });

  it("reads a cluster without drift, whatever the case of its window, and sees a real one", async () => {
    const olds = { ...INPUTS, preferredMaintenanceWindow: "Sun:05:00-Sun:05:30", iamRoles: [role("copy")] };
    const found = await provider.read(CLUSTER, "shop", { ...olds, arn: "a" }, olds);
    expect(found?.inputs).to.deep.equal(olds);
    redshift.on(DescribeClustersCommand).resolves({ Clusters: [{ ...FOUND, NumberOfNodes: 2 }] });
    const grown = await provider.read(CLUSTER, "shop", { arn: "a" }, { ...olds, numberOfNodes: 1 });
    expect(grown?.inputs["numberOfNodes"]).to.equal(2);
  });

  it("does not delete a cluster whose last snapshot is left open", async () => {
    const open = { ...INPUTS, skipFinalSnapshot: false };
    const failed: unknown = await provider.delete(CLUSTER, "shop", {}, open, 5).catch((error: unknown) => error);
    expect(String(failed)).to.match(/finalSnapshotIdentifier/);
    expect(redshift.commandCalls(DeleteClusterCommand)).to.have.length(0);
  });

  it("has deleted a cluster when AWS no longer knows it, not while it is being deleted", async () => {
    redshift.on(DeleteClusterCommand).resolves({});
    redshift
      .on(DescribeClustersCommand)
      .resolvesOnce({ Clusters: [{ ...FOUND, ClusterStatus: "deleting" }] })
      .resolvesOnce({ Clusters: [{ ...FOUND, ClusterStatus: "deleting" }] })
      .rejects(Object.assign(new Error("Cluster shop not found."), { name: "ClusterNotFoundFault" }));
    await provider.delete(CLUSTER, "shop", {}, INPUTS, 5);
    expect(redshift.commandCalls(DescribeClustersCommand)).to.have.length(3);
    expect(sent(redshift, DeleteClusterCommand)).to.deep.equal([
      { ClusterIdentifier: "shop", SkipFinalClusterSnapshot: true },
    ]);
  });

  it("sets parameters that are asked for and sets back those that no longer are", async () => {
    redshift.on(ModifyClusterParameterGroupCommand).resolves({}).on(ResetClusterParameterGroupCommand).resolves({});
    const base = { name: "g", family: "redshift-2.0" };
    const olds = { ...base, parameters: [{ name: "auto_mv", value: "false" }] };
    const news = { ...base, parameters: [{ name: "require_ssl", value: "true" }] };
    await provider.update(GROUP, "g", { arn: "a", tagsAll: {} }, olds, news, real);
    expect(sent(redshift, ModifyClusterParameterGroupCommand)).to.deep.equal([
      { ParameterGroupName: "g", Parameters: [{ ParameterName: "require_ssl", ParameterValue: "true" }] },
    ]);
    expect(sent(redshift, ResetClusterParameterGroupCommand)).to.deep.equal([
      { ParameterGroupName: "g", Parameters: [{ ParameterName: "auto_mv" }] },
    ]);
  });

  it("reads parameters in the order in which they were asked for", async () => {
    redshift.on(DescribeClusterParameterGroupsCommand).resolves({ ParameterGroups: [{ ParameterGroupName: "g" }] });
    redshift.on(DescribeClusterParametersCommand, { Source: "user" }).resolves({
      Parameters: [
        { ParameterName: "auto_mv", ParameterValue: "true" },
        { ParameterName: "wlm_json_configuration", ParameterValue: '[{"auto_wlm":true}]' },
      ],
    });
    const parameters = [
      { name: "wlm_json_configuration", value: '[ { "auto_wlm": true } ]' },
      { name: "auto_mv", value: "true" },
    ];
    const olds = { name: "g", parameters };
    expect((await provider.read(GROUP, "g", { arn: "a" }, olds))?.inputs).to.deep.equal(olds);
  });

  it("reads a scheduled action with the times as they were written", async () => {
    const asked = { name: "night", enable: true, startTime: "2030-01-01T00:00:00Z" };
    const found = { ScheduledActionName: "night", State: "ACTIVE" as const, StartTime: new Date(asked.startTime) };
    redshift.on(DescribeScheduledActionsCommand).resolves({ ScheduledActions: [found] });
    const type = urn("aws:redshift/scheduledAction:ScheduledAction");
    expect((await provider.read(type, "night", { a: 1 }, asked))?.inputs).to.deep.equal(asked);
  });

  it("updates a workgroup one thing at a time", async () => {
    serverless.on(GetWorkgroupCommand).resolves({ workgroup: { workgroupName: "w", status: "AVAILABLE" } });
    serverless.on(UpdateWorkgroupCommand).resolves({});
    const olds = { workgroupName: "w", namespaceName: "n", baseCapacity: 8, port: 5439, maxCapacity: 64 };
    const news = { workgroupName: "w", namespaceName: "n", baseCapacity: 16, port: 5440 };
    await provider.update(WORKGROUP, "w", { arn: "a", tagsAll: {} }, olds, news, real);
    expect(sent(serverless, UpdateWorkgroupCommand)).to.deep.equal([
      { workgroupName: "w", baseCapacity: 16 },
      { workgroupName: "w", port: 5440 },
    ]);
  });

  it("says the price-performance target in the API's words", async () => {
    const workgroup = { workgroupName: "w", workgroupArn: "arn:w", status: "AVAILABLE" as const };
    serverless.on(CreateWorkgroupCommand).resolves({ workgroup }).on(GetWorkgroupCommand).resolves({ workgroup });
    const asked = { workgroupName: "w", namespaceName: "n", pricePerformanceTarget: { enabled: true, level: 25 } };
    const { outs } = await provider.create(WORKGROUP, asked, 5, false);
    expect(outs["arn"]).to.equal("arn:w");
    expect(sent(serverless, CreateWorkgroupCommand)).to.deep.equal([
      { workgroupName: "w", namespaceName: "n", pricePerformanceTarget: { status: "ENABLED", level: 25 } },
    ]);
  });

  it("reads a namespace's roles out of AWS's texts", async () => {
    const iamRoles = [`IamRole(applyStatus=in-sync, iamRoleArn=${role("copy")})`];
    serverless
      .on(GetNamespaceCommand)
      .resolves({ namespace: { namespaceName: "n", iamRoles, adminUsername: "owner" } });
    const olds = { namespaceName: "n", iamRoles: [role("copy")], adminUsername: "owner" };
    const type = urn("aws:redshiftserverless/namespace:Namespace");
    expect((await provider.read(type, "n", { arn: "a" }, olds))?.inputs).to.deep.equal(olds);
  });

  describe("a call of a function", () => {
    const answer = (text: string): never => Buffer.from(text) as never;
    const payloads = (): unknown[] =>
      lambda
        .commandCalls(InvokeCommand)
        .map(({ args }) => JSON.parse(Buffer.from(args[0].input.Payload as Uint8Array).toString()) as unknown);
    const once = { functionName: "f", input: '{"a":1}' };

    it("is made once, and its answer is the result", async () => {
      lambda.on(InvokeCommand).resolves({ Payload: answer('{"done":true}') });
      const { id, outs } = await provider.create(INVOCATION, once, 5, false);
      expect(outs["result"]).to.equal('{"done":true}');
      expect(payloads()).to.deep.equal([{ a: 1 }]);
      expect((await provider.read(INVOCATION, id, outs, once))?.inputs).to.deep.equal(once);
      await provider.delete(INVOCATION, id, outs, once, 5);
      expect(payloads()).to.have.length(1);
      expect(provider.diff(INVOCATION, outs, once, { ...once, input: "{}" }).replaces).to.deep.equal(["input"]);
      expect(provider.diff(INVOCATION, outs, once, { ...once, triggers: { a: "b" } }).replaces).to.deep.equal([
        "triggers",
      ]);
    });

    it("follows the resource's life where it is asked to", async () => {
      lambda.on(InvokeCommand).resolves({ Payload: answer("null") });
      const olds = { ...once, lifecycleScope: "CRUD" };
      const news = { ...olds, input: '{"a":2}' };
      const { id, outs } = await provider.create(INVOCATION, olds, 5, false);
      expect(provider.diff(INVOCATION, outs, olds, news)).to.deep.include({ changed: ["input"], replaces: [] });
      await provider.update(INVOCATION, id, outs, olds, news, real);
      await provider.delete(INVOCATION, id, outs, news, 5);
      expect(payloads()).to.deep.equal([
        { a: 1, tf: { action: "create", prev_input: null } },
        { a: 2, tf: { action: "update", prev_input: { a: 1 } } },
        { a: 2, tf: { action: "delete", prev_input: { a: 2 } } },
      ]);
    });

    it("is an error with what the function said when it fails", async () => {
      lambda.on(InvokeCommand).resolves({ FunctionError: "Unhandled", Payload: answer('{"errorMessage":"no table"}') });
      const failed: unknown = await provider.create(INVOCATION, once, 5, false).catch((error: unknown) => error);
      expect(String(failed)).to.match(/Lambda function f returned an error \(Unhandled\).*no table/);
    });
  });
});
