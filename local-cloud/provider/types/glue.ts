/** Glue's catalog and jobs, and Athena's workgroups and saved queries. */
import type { Input } from "../clients";
import type { Props } from "../mapping";
import type { Request, TypeSpec } from "../request";
import { writeTags } from "../tags";
import { plain, recreated } from "./plain";

/** `catalog:database[:table]`, as the official provider's ids are. */
const idParts = (r: Request): Input => {
  const [CatalogId, database, table] = r.id.split(":");
  return table === undefined ? { CatalogId, Name: database } : { CatalogId, DatabaseName: database, Name: table };
};

const catalogId = (r: Request): string => r.str("catalogId") || r.account;

const isEnabled = (r: Request): boolean => (r.inputs["enabled"] ?? true) === true;

/** A scheduled or conditional trigger is started; one on demand runs when somebody starts it. */
async function setTrigger(r: Request, on: boolean): Promise<void> {
  if (r.str("type") === "ON_DEMAND") return;
  await r.call(on ? "StartTrigger" : "StopTrigger", { Name: r.id });
}

/** Athena takes results in one shape at creation and in another on update. */
const configurationUpdates = (configuration: Props): Props => {
  const { ResultConfiguration, ...rest } = configuration;
  return { ...rest, ...(ResultConfiguration === undefined ? {} : { ResultConfigurationUpdates: ResultConfiguration }) };
};

const connection = plain({
  service: "glue",
  props:
    "name! catalogId!* connectionType connectionProperties athenaProperties description matchCriterias=MatchCriteria " +
    "physicalConnectionRequirements tags",
  maps: "CreateConnection.ConnectionInput",
  name: { property: "name", max: 255 },
  create: "CreateConnection",
  read: "GetConnection(Name).Connection",
  delete: "DeleteConnection(ConnectionName)",
  // Required by the API, and empty for a network alone.
  more: (r) => (r.inputs["connectionProperties"] === undefined ? { ConnectionProperties: {} } : {}),
  outs: (r) => ({ arn: r.arn("glue", `connection/${r.id}`), catalogId: catalogId(r) }),
});

/** The name is a member of the one kind of classifier that is given. */
const classifier: TypeSpec = {
  ...plain({
    service: "glue",
    props: "name!* csvClassifier* grokClassifier* jsonClassifier* xmlClassifier*",
    name: { property: "name", max: 255 },
    create: "CreateClassifier",
    read: "GetClassifier(Name).Classifier",
    delete: "DeleteClassifier(Name)",
  }),
  maps: undefined,
  create: async (r) => {
    const kinds = Object.entries(r.inputs).filter(([property]) => property.endsWith("Classifier"));
    const named = kinds.map(([kind, value]) => [kind, { ...(value as Props), name: r.str("name") }]);
    await r.ask("CreateClassifier", Object.fromEntries(named) as Props);
    return { id: r.str("name") };
  },
};

export const glueTypes: Record<string, TypeSpec> = {
  "aws:glue/catalogDatabase:CatalogDatabase": {
    service: "glue",
    props: "name! catalogId!* description locationUri parameters createTableDefaultPermissions tags",
    maps: "CreateDatabase.DatabaseInput",
    name: { property: "name", max: 255 },
    create: async (r) => {
      await r.call("CreateDatabase", { CatalogId: catalogId(r), DatabaseInput: r.map() });
      return { id: `${catalogId(r)}:${r.str("name")}` };
    },
    read: async (r) => (await r.call("GetDatabase", idParts(r)))["Database"] as Props,
    update: (r) => r.call("UpdateDatabase", { ...idParts(r), DatabaseInput: r.map() }),
    delete: (r) => r.call("DeleteDatabase", idParts(r)),
    outs: (r) => ({ arn: r.arn("glue", `database/${r.id.split(":")[1]}`), catalogId: catalogId(r) }),
  },
  "aws:glue/catalogTable:CatalogTable": {
    service: "glue",
    props:
      "name! databaseName!* catalogId!* description owner parameters partitionKeys retention storageDescriptor tableType " +
      "viewOriginalText viewExpandedText targetTable",
    maps: "CreateTable.TableInput",
    name: { property: "name", max: 255 },
    create: async (r) => {
      const DatabaseName = r.str("databaseName");
      await r.call("CreateTable", { CatalogId: catalogId(r), DatabaseName, TableInput: r.map() });
      return { id: `${catalogId(r)}:${DatabaseName}:${r.str("name")}` };
    },
    read: async (r) => ({
      ...((await r.call("GetTable", idParts(r)))["Table"] as Props),
      databaseName: r.id.split(":")[1],
    }),
    update: (r) => {
      const { CatalogId, DatabaseName } = idParts(r);
      return r.call("UpdateTable", { CatalogId, DatabaseName, TableInput: r.map() });
    },
    delete: (r) => r.call("DeleteTable", idParts(r)),
    outs: (r) => ({ arn: r.arn("glue", `table/${r.id.split(":").slice(1).join("/")}`), catalogId: catalogId(r) }),
  },
  "aws:glue/job:Job": plain({
    service: "glue",
    props:
      "name! roleArn=Role command connections* defaultArguments nonOverridableArguments description executionClass " +
      "executionProperty glueVersion jobMode jobRunQueuingEnabled maintenanceWindow maxCapacity maxRetries " +
      "notificationProperty numberOfWorkers securityConfiguration tags timeout workerType",
    name: { property: "name", max: 255 },
    create: "CreateJob",
    read: "GetJob(JobName).Job",
    update: "UpdateJob(JobName).JobUpdate",
    delete: "DeleteJob(JobName)",
    more: (r) =>
      r.inputs["connections"] === undefined ? {} : { Connections: { Connections: r.inputs["connections"] } },
    // The emulator forgets the tags of CreateJob; to AWS this says what it knows.
    settle: (r) => writeTags(r, {}),
    outs: (r) => ({ arn: r.arn("glue", `job/${r.id}`) }),
  }),
  "aws:glue/trigger:Trigger": {
    service: "glue",
    props:
      "name! type! workflowName! actions description enabled* predicate schedule startOnCreation~ eventBatchingConditions=EventBatchingCondition tags",
    maps: "CreateTrigger",
    name: { property: "name", max: 255 },
    create: async (r) => {
      // `StartOnCreation` would start a conditional trigger whose jobs are still coming; started after, like official.
      await r.call("CreateTrigger", r.map());
      r.id = r.str("name");
      if (isEnabled(r) && r.inputs["startOnCreation"] !== false) await setTrigger(r, true);
      return { id: r.id };
    },
    read: async (r) => {
      const trigger = (await r.ask("GetTrigger(Name).Trigger")) as Props;
      const state = String(trigger["State"]);
      const enabled = /^ACTIVAT/.test(state) || (/^CREAT/.test(state) && trigger["Type"] !== "SCHEDULED");
      return state === "DELETING" ? undefined : { ...trigger, enabled };
    },
    update: async (r) => {
      const { Name: _, Type: _type, Tags: _tags, ...TriggerUpdate } = r.map("UpdateTrigger.TriggerUpdate");
      await r.call("UpdateTrigger", { Name: r.id, TriggerUpdate });
      if (r.changed("enabled")) await setTrigger(r, isEnabled(r));
    },
    delete: (r) => r.ask("DeleteTrigger(Name)"),
    outs: (r) => ({ arn: r.arn("glue", `trigger/${r.id}`), enabled: isEnabled(r) }),
  },
  "aws:glue/securityConfiguration:SecurityConfiguration": plain({
    service: "glue",
    props: "name! encryptionConfiguration!",
    name: { property: "name", max: 255 },
    create: "CreateSecurityConfiguration",
    read: "GetSecurityConfiguration(Name).SecurityConfiguration",
    delete: "DeleteSecurityConfiguration(Name)",
  }),
  // The emulator has no UpdateConnection and no UpdateClassifier.
  "aws:glue/connection:Connection": { ...connection, update: recreated(connection) },
  "aws:glue/classifier:Classifier": { ...classifier, update: recreated(classifier) },
  "aws:athena/workgroup:Workgroup": {
    service: "athena",
    props: "name! configuration description state* forceDestroy~ tags",
    maps: "CreateWorkGroup",
    name: { property: "name", max: 128 },
    create: async (r) => {
      await r.call("CreateWorkGroup", r.map());
      r.id = r.str("name");
      if (r.inputs["state"] === "DISABLED") await r.call("UpdateWorkGroup", { WorkGroup: r.id, State: "DISABLED" });
      return { id: r.id };
    },
    read: async (r) => (await r.ask("GetWorkGroup(WorkGroup).WorkGroup")) as Props,
    update: (r) => {
      const { Configuration, Description } = r.map();
      const updates = Configuration === undefined ? undefined : configurationUpdates(Configuration as Props);
      const State = r.inputs["state"] ?? "ENABLED";
      return r.call("UpdateWorkGroup", { WorkGroup: r.id, Description, ConfigurationUpdates: updates, State });
    },
    delete: (r) =>
      r.call("DeleteWorkGroup", { WorkGroup: r.id, RecursiveDeleteOption: r.inputs["forceDestroy"] === true }),
    outs: (r) => ({ arn: r.arn("athena", `workgroup/${r.id}`), state: r.inputs["state"] ?? "ENABLED" }),
  },
  "aws:athena/namedQuery:NamedQuery": plain({
    service: "athena",
    props: "name! database! query!=QueryString workgroup! description!",
    name: { property: "name", max: 128 },
    create: "CreateNamedQuery.NamedQueryId",
    read: "GetNamedQuery(NamedQueryId).NamedQuery",
    delete: "DeleteNamedQuery(NamedQueryId)",
  }),
};
