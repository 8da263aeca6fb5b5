/** DynamoDB tables. */
import type { Props } from "../mapping";
import type { Request, TypeSpec } from "../request";
import { inState, isNew, plain } from "./plain";

/** Pulumi's word for encryption differs from the API's: `enabled` there means "with a KMS key". */
const encryption = (r: Request): Props => {
  const { enabled: Enabled, kmsKeyArn: KMSMasterKeyId } = (r.inputs["serverSideEncryption"] ?? {}) as Props;
  if (!r.changed("serverSideEncryption")) return {};
  return { SSESpecification: { Enabled, ...(KMSMasterKeyId === undefined ? {} : { SSEType: "KMS", KMSMasterKeyId }) } };
};

const throughput = (r: Request): Props => {
  const { billingMode, readCapacity: ReadCapacityUnits, writeCapacity: WriteCapacityUnits } = r.inputs;
  return billingMode === "PAY_PER_REQUEST" ? {} : { ProvisionedThroughput: { ReadCapacityUnits, WriteCapacityUnits } };
};

const keySchema = (r: Request): Props[] =>
  Object.entries({ hashKey: "HASH", rangeKey: "RANGE" })
    .filter(([property]) => r.inputs[property] !== undefined)
    .map(([property, KeyType]) => ({ AttributeName: r.inputs[property], KeyType }));

/** Settings of a table that are calls of their own. */
async function settleTable(r: Request): Promise<void> {
  const active = (): Promise<void> => inState(r, "table", /^ACTIVE/, "TableStatus");
  await active();
  const before = r.oldInputs["ttl"] as Props | undefined;
  const ttl = (r.inputs["ttl"] ?? (before && { ...before, enabled: false })) as Props | undefined;
  if (r.changed("ttl") && ttl !== undefined && (before !== undefined || ttl["enabled"] !== false)) {
    const TimeToLiveSpecification = { AttributeName: ttl["attributeName"], Enabled: ttl["enabled"] ?? true };
    await r.ask("UpdateTimeToLive(TableName)", { TimeToLiveSpecification });
  }
  if (!r.changed("pointInTimeRecovery")) return;
  const { enabled, recoveryPeriodInDays: RecoveryPeriodInDays } = (r.inputs["pointInTimeRecovery"] ?? {}) as Props;
  const PointInTimeRecoverySpecification = { PointInTimeRecoveryEnabled: enabled === true, RecoveryPeriodInDays };
  await r.ask("UpdateContinuousBackups(TableName)", { PointInTimeRecoverySpecification });
}

const table = plain({
  service: "dynamodb",
  props:
    "name!=TableName hashKey!* rangeKey!* attributes=AttributeDefinitions billingMode tableClass deletionProtectionEnabled " +
    "readCapacity* writeCapacity* serverSideEncryption* ttl* pointInTimeRecovery* tags",
  name: { property: "name", max: 255 },
  create: "CreateTable",
  read: "DescribeTable(TableName).Table",
  delete: "DeleteTable(TableName)",
  more: (r) => ({ ...throughput(r), ...encryption(r), ...(isNew(r) ? { KeySchema: keySchema(r) } : {}) }),
  settle: settleTable,
  outs: (r) => ({ arn: r.arn("dynamodb", `table/${r.id}`) }),
});

/** Properties that one call changes. */
const BY_UPDATE =
  "billingMode tableClass deletionProtectionEnabled readCapacity writeCapacity attributes serverSideEncryption";

export const dynamodbTypes: Record<string, TypeSpec> = {
  "aws:dynamodb/table:Table": {
    ...table,
    read: async (r) => {
      const found = (await table.read(r)) ?? {};
      const ttl = (await r.ask("DescribeTimeToLive(TableName).TimeToLiveDescription")) as Props;
      const backups = "DescribeContinuousBackups(TableName).ContinuousBackupsDescription";
      const recovery = await r.ask(`${backups}.PointInTimeRecoveryDescription.PointInTimeRecoveryStatus`);
      return {
        ...found,
        billingMode: (found["BillingModeSummary"] as Props | undefined)?.["BillingMode"],
        ttl: { attributeName: ttl["AttributeName"], enabled: /^ENABL/.test(String(ttl["TimeToLiveStatus"])) },
        pointInTimeRecovery: { enabled: recovery === "ENABLED" },
      };
    },
    update: async (r) => {
      // An update without a change is refused.
      if (r.changed(...BY_UPDATE.split(" "))) {
        await r.ask("UpdateTable(TableName)", { ...r.map("UpdateTable"), ...throughput(r), ...encryption(r) });
      }
      await settleTable(r);
    },
    delete: async (r) => {
      await table.delete(r);
      await inState(r, "table", /^gone/, "TableStatus");
    },
  },
};
