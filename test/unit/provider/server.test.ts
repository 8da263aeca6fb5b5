import { status } from "@grpc/grpc-js";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import * as pb from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { expect } from "chai";
import { Provider } from "../../../local-cloud/provider/provider";
import { PartialCreateError, type TypeSpec } from "../../../local-cloud/provider/request";
import { errorResponse, methods } from "../../../local-cloud/provider/server";
import { AWS_VERSION, AWSX_VERSION } from "../../../local-cloud/provider/versions";
import { dependencies } from "../../../package.json";

const QUEUE: TypeSpec = {
  service: "sqs",
  props: "name! size list",
  name: { property: "name", max: 20 },
  create: async () => ({ id: "made" }),
  read: async () => undefined,
  delete: async () => undefined,
};
const URN = "urn:pulumi:s::p::t:t/q:Q::q";
const struct = (value: object): Struct => Struct.fromJavaScript(value as never);

describe("the protocol", () => {
  const served = methods(new Provider("1.2.3", { "t:t/q:Q": QUEUE }, {})) as Record<
    string,
    (request: unknown) => Promise<unknown>
  >;
  const call = async <T>(method: string, request: unknown): Promise<T> => (await served[method]?.(request)) as T;

  it("checks: names, without what is null", async () => {
    const request = new pb.CheckRequest();
    request.setUrn(URN);
    request.setNews(struct({ size: null, list: [1, { a: null, b: 2 }] }));
    request.setRandomseed(new Uint8Array([1, 2, 3]));
    const response = await call<pb.CheckResponse>("check", request);
    const inputs = response.getInputs()?.toJavaScript() as Record<string, unknown>;
    expect(inputs["name"]).to.match(/^q-[0-9a-f]{7}$/);
    expect(inputs["list"]).to.deep.equal([1, { b: 2 }]);
    expect(inputs).to.not.have.any.keys("size");
    const again = await call<pb.CheckResponse>("check", request);
    expect(again.getInputs()?.toJavaScript()).to.deep.equal(inputs);
  });

  it("reports failures of a check by property", async () => {
    const request = new pb.CheckRequest();
    request.setUrn(URN);
    request.setNews(struct({ other: 1 }));
    const response = await call<pb.CheckResponse>("check", request);
    expect(response.getFailuresList().map((failure) => failure.getProperty())).to.deep.equal(["other"]);
  });

  it("tells what changes and what replaces", async () => {
    const diff = async (news: object): Promise<pb.DiffResponse> => {
      const request = new pb.DiffRequest();
      request.setUrn(URN);
      request.setOldInputs(struct({ name: "a", size: 1 }));
      request.setNews(struct(news));
      return call<pb.DiffResponse>("diff", request);
    };
    const { DIFF_NONE, DIFF_SOME } = pb.DiffResponse.DiffChanges;
    expect((await diff({ name: "a", size: 1 })).getChanges()).to.equal(DIFF_NONE);
    const changed = await diff({ name: "b", size: 2 });
    expect(changed.getChanges()).to.equal(DIFF_SOME);
    expect(changed.getDiffsList()).to.deep.equal(["name", "size"]);
    expect(changed.getReplacesList()).to.deep.equal(["name"]);
  });

  it("previews without the id", async () => {
    const request = new pb.CreateRequest();
    request.setUrn(URN);
    request.setPreview(true);
    request.setProperties(struct({ name: "a" }));
    const response = await call<pb.CreateResponse>("create", request);
    expect(response.getId()).to.equal("");
    expect(response.getProperties()?.toJavaScript()).to.deep.equal({ name: "a" });
  });

  it("configures, and supports previews", async () => {
    const request = new pb.ConfigureRequest();
    request.setArgs(struct({ region: "eu-west-1" }));
    expect((await call<pb.ConfigureResponse>("configure", request)).getSupportspreview()).to.equal(true);
  });

  it("hands back the id of a resource whose creation failed half-way", () => {
    const error = errorResponse(new PartialCreateError("id-1", { name: "a" }, new Error("boom")));
    expect(error.code).to.equal(status.UNKNOWN);
    const [bytes] = error.metadata.get("grpc-status-details-bin") as Buffer[];
    const [detail] = Status.deserializeBinary(new Uint8Array(bytes as Buffer)).getDetailsList();
    const failed = pb.ErrorResourceInitFailed.deserializeBinary(detail?.getValue_asU8() as Uint8Array);
    expect(failed.getId()).to.equal("id-1");
    expect(failed.getReasonsList()).to.deep.equal(["boom"]);
    expect(errorResponse(new Error("boom")).metadata.get("grpc-status-details-bin")).to.deep.equal([]);
  });

  it("serves the versions that the packages ask for", () => {
    expect(AWS_VERSION)
      .to.equal(dependencies["@pulumi/aws"])
      .and.to.match(/^\d+\.\d+\.\d+$/);
    expect(AWSX_VERSION)
      .to.equal(dependencies["@pulumi/awsx"])
      .and.to.match(/^\d+\.\d+\.\d+$/);
  });
});
