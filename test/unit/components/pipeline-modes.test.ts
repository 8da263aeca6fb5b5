import { expect } from "chai";
import { ClickstreamPipeline } from "../../../components/clickstream-pipeline";
import { arnOf, deploy, expectNamesPrefixed, type Recording } from "../support/cloud-mocks";

/** The longest name that a pipeline may have. */
const NAME = `clickstream-${"x".repeat(27)}`;
/** Actions that AWS offers on no narrower resource, in the policies of what sends statements to the warehouse. */
const OWN_STATEMENTS = "redshift-data:DescribeStatement,redshift-data:GetStatementResult,redshift-data:CancelStatement";
const NETWORK_VIEW =
  "ec2:DescribeNetworkInterfaces,ec2:DescribeRouteTables,ec2:DescribeSecurityGroups,ec2:DescribeSubnets," +
  "ec2:DescribeVpcAttribute,ec2:DescribeVpcEndpoints";

interface Line {
  Sid: string;
  Action: string | string[];
  Resource: string | string[];
}

describe("the modes of the warehouse", function () {
  // Whole programs: each serializes the Lambda closures, seconds on a busy core.
  this.timeout(120_000);

  for (const mode of ["provisioned", "serverless"] as const) {
    describe(mode, () => {
      let recording: Recording;
      before(async () => {
        const warehouse = { mode, idleMinutes: 60, pauseSchedule: "cron(0 19 * * ? *)" };
        recording = await deploy(() => {
          // With everything that a production stack adds.
          const more = mode === "provisioned" ? ({ audit: "full", etl: { network: "vpc" } } as const) : {};
          new ClickstreamPipeline(NAME, { team: "Web Shop", environment: "dev", warehouse, ...more });
        });
      });

      it("names and tags everything like the rest, within the services' limits", () => {
        expectNamesPrefixed(recording);
        for (const { name } of recording.ofType("aws:iam/role:Role")) expect(name.length, name).to.be.at.most(64 - 8);
        for (const { type, name, inputs } of recording.registrations.filter((one) => "tags" in one.inputs)) {
          expect(inputs["tags"], `${type} ${name}`).to.deep.include({ team: "Web Shop", pipeline: NAME });
        }
      });

      it("attaches no managed policy, and wildcards no resource but where AWS has none", () => {
        expect(recording.registrations.filter(({ type }) => /policyAttachment/i.test(type))).to.deep.equal([]);
        const open = recording.ofType("aws:iam/rolePolicy:RolePolicy").flatMap(({ inputs }) => {
          const { Statement } = JSON.parse(inputs["policy"] as string) as { Statement: Line[] };
          return Statement.filter(({ Resource }) => [Resource].flat().includes("*"));
        });
        const actions = new Set(open.map(({ Action }) => [Action].flat().join()));
        actions.delete("xray:PutTraceSegments,xray:PutTelemetryRecords");
        const others = ["cloudwatch:PutMetricData", "redshift:DescribeClusters", "ce:GetCostAndUsage"];
        const allowed = [OWN_STATEMENTS, NETWORK_VIEW, ...others];
        for (const action of actions)
          expect(
            allowed.some((one) => one.includes(action)),
            action,
          ).to.equal(true);
      });

      it("has one network, for the warehouse and where asked for the jobs, and a trail where asked", () => {
        expect(recording.ofType("awsx:ec2:Vpc").map(({ name }) => name)).to.deep.equal([`${NAME}-net`]);
        const whole = mode === "provisioned";
        const jobs = recording.ofType("aws:glue/job:Job").map(({ inputs }) => inputs["connections"]);
        const names = [1, 2].map((zone) => `${NAME}-net-glue-${zone}-1234567`);
        expect(jobs).to.deep.equal([1, 2, 3, 4].map(() => (whole ? names : undefined)));
        expect(recording.ofType("VpcEndpoint")).to.have.length(whole ? 7 : 2);
        expect(recording.ofType("Trail").map(({ name }) => name)).to.deep.equal(whole ? [`${NAME}-audit`] : []);
        if (!whole) return;
        const arn = recording.inputs("EventTarget", `${NAME}-audit-root-use`);
        expect(arn).to.deep.include({ deadLetterConfig: { arn: arnOf(`${NAME}-ops-notifier-dlq`) } });
        expect(arn["arn"]).to.equal(arnOf(`${NAME}-ops-alarms`));
        for (const { name } of recording.ofType("EventRule")) expect(name.length, name).to.be.at.most(64 - 8);
      });

      it("gives the query log the warehouse's history too", () => {
        const environments = recording
          .ofType("Function")
          .concat(recording.ofType("aws:lambda/callbackFunction:CallbackFunction"))
          .map(({ inputs }) => JSON.stringify(inputs["environment"] ?? {}));
        expect(environments.filter((text) => text.includes(`${NAME}-warehouse`)).length).to.be.at.least(3);
      });
    });
  }
});
