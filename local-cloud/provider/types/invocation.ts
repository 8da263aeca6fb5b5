/** A call of a Lambda function as a resource: made when it is created, or at each step of its life. */
import { createHash } from "node:crypto";
import { type Props, text } from "../mapping";
import type { Request, TypeSpec } from "../request";

type Action = "create" | "update" | "delete";

const followsLife = (inputs: Props): boolean => inputs["lifecycleScope"] === "CRUD";

/** The payload; with CRUD it also says what happens and what the input was before, as the official provider does. */
function payload(r: Request, action: Action): string {
  if (!followsLife(r.inputs)) return r.str("input");
  const input = JSON.parse(r.str("input")) as Props;
  const before = action === "create" ? undefined : r.oldInputs["input"];
  const prev_input = before === undefined ? null : (JSON.parse(text(before)) as unknown);
  return JSON.stringify({ ...input, [r.str("terraformKey") || "tf"]: { action, prev_input } });
}

/** Calls the function and waits for its answer. A function that fails is an error with what it said. */
async function invoke(r: Request, action: Action): Promise<Props> {
  const functionName = r.str("functionName");
  const answer = await r.call("Invoke", {
    FunctionName: functionName,
    InvocationType: "RequestResponse",
    Qualifier: r.inputs["qualifier"],
    TenantId: r.inputs["tenantId"],
    Payload: Buffer.from(payload(r, action)),
  });
  const result = Buffer.from((answer["Payload"] as Uint8Array | undefined) ?? []).toString("utf8");
  if (answer["FunctionError"] !== undefined) {
    throw new Error(
      `Lambda function ${functionName} returned an error (${text(answer["FunctionError"])}): ${result}. ` +
        "Its log group has the details; mend the function or the input and run the command again.",
    );
  }
  return { result };
}

export const invocationTypes: Record<string, TypeSpec> = {
  "aws:lambda/invocation:Invocation": {
    service: "lambda",
    props: "functionName!* qualifier!* tenantId!* input!$* triggers!* lifecycleScope~ terraformKey~",
    // With CRUD a new input is an update, which calls the function again.
    inPlace: (property, news) => property === "input" && followsLife(news),
    create: async (r) => {
      const outs = await invoke(r, "create");
      const of = [r.str("functionName"), r.str("qualifier") || "$LATEST", r.str("input")];
      return { id: createHash("md5").update(of.join("_")).digest("hex"), ...outs };
    },
    // There is nothing at AWS to look at: what was called stays called.
    read: () => Promise.resolve({}),
    update: (r) => invoke(r, "update"),
    delete: (r) => (followsLife(r.inputs) ? invoke(r, "delete") : Promise.resolve()),
  },
};
