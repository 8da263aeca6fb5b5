/** Lambda: functions, who may call them, and the queues that feed them. */
import { createHash } from "node:crypto";
import { readArchive } from "../assets";
import type { Props } from "../mapping";
import type { Request, TypeSpec } from "../request";
import { GONE, inState, plain } from "./plain";

const functionRef = (r: Request): Props => ({ FunctionName: r.id });

/** AWS refuses a second change while one is being applied, and an invocation before the first is. */
const settled = (r: Request): Promise<void> =>
  r.until(`function ${r.id} becoming ready`, async () => {
    const { State, LastUpdateStatus, StateReason } = await r.call("GetFunctionConfiguration", functionRef(r));
    if (State === "Failed") throw new Error(`function ${r.id} failed to start: ${String(StateReason)}`);
    return State !== "Pending" && LastUpdateStatus !== "InProgress";
  });

async function setConcurrency(r: Request): Promise<void> {
  const reserved = r.inputs["reservedConcurrentExecutions"];
  // -1 is the official provider's word for "no reservation".
  if (reserved !== undefined && reserved !== -1) {
    await r.call("PutFunctionConcurrency", { ...functionRef(r), ReservedConcurrentExecutions: reserved });
  } else if (r.oldInputs["reservedConcurrentExecutions"] !== undefined) {
    await r.call("DeleteFunctionConcurrency", functionRef(r));
  }
}

const codeOutputs = (zip: Uint8Array): Props => {
  const hash = createHash("sha256").update(zip).digest("base64");
  return { sourceCodeHash: hash, codeSha256: hash, sourceCodeSize: zip.byteLength };
};

async function createFunction(r: Request): Promise<{ id: string } & Props> {
  const zip = await readArchive(r.inputs["code"]);
  await r.call("CreateFunction", { ...r.map(), Architectures: r.inputs["architectures"], Code: { ZipFile: zip } });
  r.id = r.str("name");
  await settled(r);
  await setConcurrency(r);
  return { id: r.id, ...codeOutputs(zip), version: "$LATEST" };
}

async function updateFunction(r: Request): Promise<Props> {
  let outs: Props = {};
  if (r.changed("code", "architectures")) {
    const zip = await readArchive(r.inputs["code"]);
    await r.call("UpdateFunctionCode", { ...functionRef(r), ZipFile: zip, Architectures: r.inputs["architectures"] });
    await settled(r);
    outs = codeOutputs(zip);
  }
  const apart = ["code", "architectures", "reservedConcurrentExecutions", "tags"];
  const settings = Object.keys({ ...r.oldInputs, ...r.inputs }).filter((key) => !apart.includes(key));
  if (r.changed(...settings)) {
    await r.call("UpdateFunctionConfiguration", { ...r.map("UpdateFunctionConfiguration"), ...emptied(r) });
    await settled(r);
  }
  if (r.changed("reservedConcurrentExecutions")) await setConcurrency(r);
  return outs;
}

/** Lambda keeps what an update leaves out: what is no longer asked for is sent empty. */
function emptied(r: Request): Props {
  const empty: Props = {
    environment: { Environment: { Variables: {} } },
    layers: { Layers: [] },
    description: { Description: "" },
    deadLetterConfig: { DeadLetterConfig: { TargetArn: "" } },
    kmsKeyArn: { KMSKeyArn: "" },
    vpcConfig: { VpcConfig: { SubnetIds: [], SecurityGroupIds: [] } },
  };
  const gone = Object.keys(empty).filter((name) => r.oldInputs[name] !== undefined && r.inputs[name] === undefined);
  return Object.assign({}, ...gone.map((name) => empty[name])) as Props;
}

const mapping = plain({
  service: "lambda",
  props:
    "eventSourceArn! functionName startingPosition! batchSize enabled maximumBatchingWindowInSeconds filterCriteria " +
    "functionResponseTypes scalingConfig destinationConfig maximumRecordAgeInSeconds maximumRetryAttempts " +
    "bisectBatchOnFunctionError parallelizationFactor tumblingWindowInSeconds kmsKeyArn=KMSKeyArn metricsConfig tags",
  create: "CreateEventSourceMapping.UUID",
  read: "GetEventSourceMapping(UUID)",
  update: "UpdateEventSourceMapping(UUID)",
  delete: "DeleteEventSourceMapping(UUID)",
  // It cannot be changed or seen as gone while it moves.
  settle: (r) => inState(r, "event source mapping", /(?<!ing)$/),
  outs: (r) => {
    const target = r.str("functionName");
    const functionArn = target.startsWith("arn:") ? target : r.arn("lambda", `function:${target}`);
    return { uuid: r.id, arn: r.arn("lambda", `event-source-mapping:${r.id}`), functionArn };
  },
});

export const lambdaTypes: Record<string, TypeSpec> = {
  "aws:lambda/function:Function": {
    service: "lambda",
    props:
      "name!=FunctionName packageType! role handler runtime memorySize timeout description environment layers tracingConfig " +
      "deadLetterConfig ephemeralStorage loggingConfig kmsKeyArn=KMSKeyArn vpcConfig tags code* architectures* " +
      "reservedConcurrentExecutions* sourceCodeHash~ skipDestroy~",
    maps: "CreateFunction",
    name: { property: "name", max: 64 },
    create: createFunction,
    read: async (r) => {
      const { Configuration, Concurrency, Tags } = await r.call("GetFunction", functionRef(r));
      const reserved = (Concurrency as Props | undefined)?.["ReservedConcurrentExecutions"];
      return { ...(Configuration as Props), Tags, reservedConcurrentExecutions: reserved };
    },
    update: updateFunction,
    delete: async (r) => {
      if (r.inputs["skipDestroy"] !== true) await r.call("DeleteFunction", functionRef(r));
    },
    outs: (r) => {
      const arn = r.arn("lambda", `function:${r.id}`);
      const invokeArn = `arn:aws:apigateway:${r.region}:lambda:path/2015-03-31/functions/${arn}/invocations`;
      return { arn, qualifiedArn: `${arn}:$LATEST`, invokeArn, version: "$LATEST" };
    },
  },
  "aws:lambda/permission:Permission": {
    service: "lambda",
    props:
      "statementId! function!=FunctionName action! principal! sourceArn! sourceAccount! principalOrgId!=PrincipalOrgID qualifier!",
    maps: "AddPermission",
    name: { property: "statementId", max: 100 },
    create: async (r) => {
      await r.call("AddPermission", r.map());
      return { id: r.str("statementId") };
    },
    read: async (r) => {
      const Qualifier = r.inputs["qualifier"];
      const policy = await r.ask("GetPolicy(FunctionName).Policy", { Qualifier }, r.str("function"));
      const { Statement } = JSON.parse(String(policy)) as { Statement: Props[] };
      return Statement.some(({ Sid }) => Sid === r.id) ? { statementId: r.id } : undefined;
    },
    delete: (r) => {
      const more = { StatementId: r.id, Qualifier: r.inputs["qualifier"] };
      return r.ask("RemovePermission(FunctionName)", more, r.str("function"));
    },
  },
  "aws:lambda/eventSourceMapping:EventSourceMapping": {
    ...mapping,
    read: async (r) => {
      const { FunctionArn: _, ...found } = (await mapping.read(r)) ?? {};
      return { ...found, enabled: !/^Disabl/.test(String(found["State"])) };
    },
    delete: async (r) => {
      await mapping.delete(r);
      await inState(r, "event source mapping", GONE);
    },
  },
};
