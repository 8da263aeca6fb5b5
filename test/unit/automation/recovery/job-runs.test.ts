import {
  ConcurrentRunsExceededException,
  GetJobRunsCommand,
  StartJobRunCommand,
  type JobRun,
} from "@aws-sdk/client-glue";
import { expect } from "chai";
import { runSilver } from "../../../../automation/stack/etl";
import { requireIdle } from "../../../../automation/stack/job-runs";
import { Cloud, OUTPUTS } from "./fake-cloud";

describe("jobs that run already", () => {
  const running: JobRun = {
    Id: "jr_x",
    JobRunState: "RUNNING",
    StartedOn: new Date("2026-03-01T10:10:00Z"),
    TriggerName: "cs-etl-silver",
  };

  it("are named with their run and who started it", async () => {
    const { glue, client } = new Cloud();
    glue.on(GetJobRunsCommand).resolves({ JobRuns: [{ Id: "jr_old", JobRunState: "SUCCEEDED" }, running] });
    const busy = await requireIdle(client, ["cs-silver-job"]).catch((error: unknown) => String(error));
    expect(busy).to.include(
      "The job cs-silver-job is running already: run jr_x since 2026-03-01T10:10:00.000Z, started by the trigger cs-etl-silver.",
    );
    glue.on(GetJobRunsCommand).resolves({ JobRuns: [{ Id: "jr_old", JobRunState: "STOPPED" }] });
    await requireIdle(client, ["cs-silver-job"]);
  });

  it("turn Glue's refusal of a second run into the same message", async () => {
    const { glue, clients } = new Cloud();
    const Arguments = { "--replay_rule": "*", "--replay_from": "2026-03-01", "--replay_to": "2026-03-02" };
    glue.on(StartJobRunCommand).rejects(new ConcurrentRunsExceededException({ message: "no", $metadata: {} }));
    glue.on(GetJobRunsCommand).resolves({ JobRuns: [{ Id: "jr_y", JobRunState: "STARTING", Arguments }] });
    const busy = await runSilver(clients, OUTPUTS).catch((error: unknown) => String(error));
    expect(busy).to.include(
      "run jr_y, started by a person or a program, a replay of * from quarantine, 2026-03-01 to 2026-03-02.",
    );
  });
});
