/** Redshift's provisioned clusters, and what is attached to one: logging, roles, snapshots. */
import { isNotFound } from "../errors";
import { isRecord, type Props, text } from "../mapping";
import type { Request, TypeSpec } from "../request";
import { inState, plain } from "./plain";

/** What a change of the property sends in ModifyCluster; sizes, passwords and roles are apart. */
const MODIFIABLE: Readonly<Record<string, string>> = {
  allowVersionUpgrade: "AllowVersionUpgrade",
  automatedSnapshotRetentionPeriod: "AutomatedSnapshotRetentionPeriod",
  availabilityZoneRelocationEnabled: "AvailabilityZoneRelocation",
  clusterParameterGroupName: "ClusterParameterGroupName",
  clusterVersion: "ClusterVersion",
  encrypted: "Encrypted",
  enhancedVpcRouting: "EnhancedVpcRouting",
  kmsKeyId: "KmsKeyId",
  maintenanceTrackName: "MaintenanceTrackName",
  manualSnapshotRetentionPeriod: "ManualSnapshotRetentionPeriod",
  multiAz: "MultiAZ",
  port: "Port",
  preferredMaintenanceWindow: "PreferredMaintenanceWindow",
  publiclyAccessible: "PubliclyAccessible",
  vpcSecurityGroupIds: "VpcSecurityGroupIds",
};

const SIZE = ["nodeType", "clusterType", "numberOfNodes"] as const;

/** The members that say how large a cluster is: one node is a single-node cluster, whatever `clusterType` is left at. */
const sizeOf = (r: Request): Props => {
  const nodes = Number(r.inputs["numberOfNodes"] ?? 1);
  const multi = nodes > 1 || r.inputs["clusterType"] === "multi-node";
  return multi ? { ClusterType: "multi-node", NumberOfNodes: nodes } : { ClusterType: "single-node" };
};

const find = async (r: Request, id: string): Promise<Props> =>
  (await r.ask("DescribeClusters(ClusterIdentifier).Clusters.0", {}, id)) as Props;

/** True for AWS's word that there is no such thing; any other error is thrown on. */
const isNotFoundOrThrow = (error: unknown): true => {
  if (!isNotFound(error)) throw error;
  return true;
};

/** The cluster, whose identifier the id is, may be used again. */
const settled = (r: Request): Promise<void> =>
  r.until(`cluster ${r.id} being available`, async () => (await find(r, r.id))["ClusterStatus"] === "available");

const list = (value: unknown): Props[] => (Array.isArray(value) ? (value as Props[]) : []);

/** What AWS knows of a cluster, as properties. */
function clusterProps(found: Props): Props {
  const { Endpoint, ClusterNodes, AvailabilityZoneRelocationStatus, MultiAZ } = found;
  const { Address, Port } = (Endpoint ?? {}) as Props;
  const props = {
    clusterType: Number(found["NumberOfNodes"]) > 1 ? "multi-node" : "single-node",
    clusterParameterGroupName: list(found["ClusterParameterGroups"])[0]?.["ParameterGroupName"],
    vpcSecurityGroupIds: list(found["VpcSecurityGroups"]).map((group) => group["VpcSecurityGroupId"]),
    iamRoles: list(found["IamRoles"]).map((role) => role["IamRoleArn"]),
    availabilityZoneRelocationEnabled: /^(enabled|pending_enabling)$/.test(text(AvailabilityZoneRelocationStatus)),
    multiAz: /^enabled$/i.test(text(MultiAZ)),
    databaseName: found["DBName"],
    port: Port,
    dnsName: Address,
    endpoint: Address === undefined ? undefined : `${text(Address)}:${text(Port)}`,
    clusterNodes: list(ClusterNodes).map((node) => ({ nodeRole: node["NodeRole"] })),
    clusterNamespaceArn: found["ClusterNamespaceArn"],
    masterPasswordSecretArn: found["MasterPasswordSecretArn"],
    availabilityZone: found["AvailabilityZone"],
    clusterSubnetGroupName: found["ClusterSubnetGroupName"],
    kmsKeyId: found["KmsKeyId"],
    numberOfNodes: found["NumberOfNodes"],
    preferredMaintenanceWindow: found["PreferredMaintenanceWindow"],
    ...(found["MasterPasswordSecretArn"] === undefined ? {} : { manageMasterPassword: true }),
  };
  return Object.fromEntries(Object.entries(props).filter(([, value]) => value !== undefined));
}

/** The outputs that AWS decides; what was asked for stays as it was written. */
async function outputs(r: Request): Promise<Props> {
  const found = Object.entries(clusterProps(await find(r, r.id)));
  return Object.fromEntries(found.filter(([property]) => !(property in r.inputs)));
}

async function create(r: Request): Promise<{ id: string } & Props> {
  const ManageMasterPassword = r.inputs["manageMasterPassword"] === true ? true : undefined;
  const { NumberOfNodes: _, ...body } = r.map();
  await r.call("CreateCluster", { ...body, ...sizeOf(r), ManageMasterPassword });
  r.id = r.str("clusterIdentifier");
  await settled(r);
  return { id: r.id, ...(await outputs(r)) };
}

/** The password's change: by whom it is kept, or what it is. */
function passwordChange(r: Request): Props {
  if (!r.changed("manageMasterPassword", "masterPassword", "masterPasswordSecretKmsKeyId")) return {};
  const MasterPasswordSecretKmsKeyId = r.inputs["masterPasswordSecretKmsKeyId"];
  if (r.inputs["manageMasterPassword"] === true) return { ManageMasterPassword: true, MasterPasswordSecretKmsKeyId };
  const off = r.oldInputs["manageMasterPassword"] === true ? { ManageMasterPassword: false } : {};
  return { ...off, MasterUserPassword: r.inputs["masterPassword"] };
}

async function update(r: Request): Promise<Props> {
  const changed = Object.entries(MODIFIABLE).filter(([p]) => r.changed(p) && r.inputs[p] !== undefined);
  const size = r.changed(...SIZE) ? { NodeType: r.inputs["nodeType"], ...sizeOf(r) } : {};
  const body = {
    ...Object.fromEntries(changed.map(([property, member]) => [member, r.inputs[property]])),
    ...size,
    ...passwordChange(r),
  };
  if (Object.keys(body).length > 0) {
    await r.ask("ModifyCluster(ClusterIdentifier)", body);
    await settled(r);
  }
  if (r.changed("iamRoles", "defaultIamRoleArn")) await setRoles(r, "iamRoles");
  return outputs(r);
}

/** Brings the cluster's roles from the old list to the new one. */
async function setRoles(r: Request, property: string): Promise<void> {
  const [before, after] = [r.oldInputs, r.inputs].map((inputs) => (inputs[property] ?? []) as string[]) as [
    string[],
    string[],
  ];
  await r.ask("ModifyClusterIamRoles(ClusterIdentifier)", {
    AddIamRoles: after.filter((role) => !before.includes(role)),
    RemoveIamRoles: before.filter((role) => !after.includes(role)),
    DefaultIamRoleArn: r.inputs["defaultIamRoleArn"] ?? "",
  });
  await settled(r);
}

async function remove(r: Request): Promise<void> {
  const final = r.inputs["skipFinalSnapshot"] === true ? undefined : r.inputs["finalSnapshotIdentifier"];
  if (final === undefined && r.inputs["skipFinalSnapshot"] !== true) {
    throw new Error(
      `cluster ${r.id}: skipFinalSnapshot is not true and there is no finalSnapshotIdentifier; set one of them and ` +
        "run up before destroy",
    );
  }
  await r.ask("DeleteCluster(ClusterIdentifier)", {
    SkipFinalClusterSnapshot: final === undefined,
    FinalClusterSnapshotIdentifier: final,
  });
  // A cluster that is being deleted still holds its subnet and parameter groups.
  await r.until(`cluster ${r.id} being gone`, () => find(r, r.id).then(() => false, isNotFoundOrThrow));
}

const logging: TypeSpec = {
  service: "redshift",
  props: "clusterIdentifier! bucketName logDestinationType logExports s3KeyPrefix",
  maps: "EnableLogging",
  create: async (r) => {
    await r.call("EnableLogging", r.map());
    return { id: r.str("clusterIdentifier") };
  },
  read: async (r) => {
    const found = (await r.ask("DescribeLoggingStatus(ClusterIdentifier)")) as Props;
    return found["LoggingEnabled"] === true ? { ...found, clusterIdentifier: r.id } : undefined;
  },
  update: (r) => r.call("EnableLogging", r.map()),
  delete: (r) => r.ask("DisableLogging(ClusterIdentifier)"),
};

const clusterIamRoles: TypeSpec = {
  service: "redshift",
  props: "clusterIdentifier!* iamRoleArns* defaultIamRoleArn*",
  create: async (r) => {
    r.id = r.str("clusterIdentifier");
    await setRoles(r, "iamRoleArns");
    return { id: r.id };
  },
  read: async (r) => {
    const found = await find(r, r.id);
    const { iamRoles } = clusterProps(found);
    return { clusterIdentifier: r.id, iamRoleArns: iamRoles, defaultIamRoleArn: found["DefaultIamRoleArn"] };
  },
  update: (r) => setRoles(r, "iamRoleArns"),
  delete: async (r) => {
    await r.ask("ModifyClusterIamRoles(ClusterIdentifier)", {
      RemoveIamRoles: r.inputs["iamRoleArns"],
      DefaultIamRoleArn: "",
    });
  },
};

const snapshot = plain({
  service: "redshift",
  props: "clusterIdentifier! snapshotIdentifier! manualSnapshotRetentionPeriod tags",
  create: "CreateClusterSnapshot.Snapshot.SnapshotIdentifier",
  read: "DescribeClusterSnapshots(SnapshotIdentifier).Snapshots.0",
  update: "ModifyClusterSnapshot(SnapshotIdentifier)",
  delete: "DeleteClusterSnapshot(SnapshotIdentifier)",
  settle: (r) => inState(r, "cluster snapshot", /^available$/, "Status"),
  outs: (r) => ({
    arn: r.arn("redshift", `snapshot:${r.str("clusterIdentifier")}/${r.id}`),
    ownerAccount: r.account,
  }),
});

export const redshiftClusterTypes: Record<string, TypeSpec> = {
  "aws:redshift/cluster:Cluster": {
    service: "redshift",
    props:
      "clusterIdentifier! nodeType clusterType* numberOfNodes databaseName!=DBName masterUsername! " +
      "masterPassword=MasterUserPassword manageMasterPassword masterPasswordSecretKmsKeyId clusterSubnetGroupName! " +
      "clusterParameterGroupName vpcSecurityGroupIds availabilityZone! preferredMaintenanceWindow port clusterVersion " +
      "automatedSnapshotRetentionPeriod manualSnapshotRetentionPeriod allowVersionUpgrade publiclyAccessible encrypted " +
      "kmsKeyId enhancedVpcRouting iamRoles defaultIamRoleArn maintenanceTrackName multiAz=MultiAZ " +
      "availabilityZoneRelocationEnabled=AvailabilityZoneRelocation tags applyImmediately~ skipFinalSnapshot~ " +
      "finalSnapshotIdentifier~",
    maps: "CreateCluster",
    create,
    read: async (r) => {
      const found = await find(r, r.id);
      if (found["ClusterStatus"] === "deleting") return undefined;
      const props = clusterProps(found);
      // AWS keeps the window in lower case.
      const asked = r.str("preferredMaintenanceWindow");
      const same = asked.toLowerCase() === props["preferredMaintenanceWindow"];
      return { ...found, Tags: found["Tags"] ?? [], ...props, ...(same ? { preferredMaintenanceWindow: asked } : {}) };
    },
    update,
    delete: remove,
    outs: (r) => ({
      arn: r.arn("redshift", `cluster:${r.id}`),
      allowVersionUpgrade: r.inputs["allowVersionUpgrade"] ?? true,
      encrypted: r.inputs["encrypted"] ?? "true",
      publiclyAccessible: r.inputs["publiclyAccessible"] ?? false,
    }),
  },
  "aws:redshift/logging:Logging": logging,
  "aws:redshift/clusterIamRoles:ClusterIamRoles": clusterIamRoles,
  "aws:redshift/clusterSnapshot:ClusterSnapshot": {
    ...snapshot,
    read: async (r) => {
      const found = await snapshot.read(r).catch((error: unknown) => {
        if (!isNotFound(error)) throw error;
      });
      return isRecord(found) ? { Tags: [], ...found } : undefined;
    },
  },
};
