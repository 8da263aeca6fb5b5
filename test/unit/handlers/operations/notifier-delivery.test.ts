import { expect } from "chai";
import { alarmJson, event, People, send } from "./notifier-support";

const AT = "2026-11-25T13:05:00.000Z";
const LATER = "2026-11-25T13:47:00.000Z";

describe("notifyPeople, when things go wrong", () => {
  let people: People;
  beforeEach(() => {
    people = new People();
  });

  it("a repeated delivery tells nobody twice, an invocation repeated after a crash does", async () => {
    const given = event("m-1", alarmJson("etl-failed", "ALARM", AT));
    await send(people, given, "request-1");
    await send(people, given, "request-2");
    expect(people.pages).to.have.length(1);
    await send(people, given, "request-1");
    expect(people.pages).to.have.length(2);
  });

  it("what Slack does not take fails the invocation, is told by the retry, and opens nothing before", async () => {
    people.slackIsDown = true;
    const given = event("m-1", alarmJson("query-slow", "ALARM", AT));
    expect(await send(people, given, "request-1")).to.have.property("message", "Slack is down");
    expect(people.told).to.deep.include({ seen: [], sent: [], open: {} });
    people.slackIsDown = false;
    await send(people, given, "another-request");
    expect(people.slack).to.have.length(1);
  });

  it("one message that fails does not hold back the others of its event", async () => {
    people.slackIsDown = true;
    const records = [
      ...event("m-1", alarmJson("query-slow", "ALARM", AT)).Records,
      ...event("m-2", alarmJson("etl-failed", "ALARM", AT)).Records,
    ];
    expect(await send(people, { Records: records })).to.have.property("message", "Slack is down");
    expect(people.pages).to.have.length(1);
  });

  it("tells without the table rather than not at all", async () => {
    people.tableIsDown = true;
    await send(people, event("m-1", alarmJson("etl-failed", "ALARM", AT)));
    await send(people, event("m-2", alarmJson("etl-failed", "OK", LATER)));
    expect(people.pages).to.have.length(2);
  });

  it("holds back the fourth message of an hour, counts it, and says so in the next", async () => {
    const minute = (n: number): string => `2026-11-25T13:${String(n).padStart(2, "0")}:00.000Z`;
    const states = ["ALARM", "OK", "ALARM", "OK", "ALARM"];
    for (const [index, state] of states.entries()) {
      await send(people, event(`m-${String(index)}`, alarmJson("query-slow", state, minute(index))));
    }
    expect(people.slack).to.have.length(3);
    expect(people.heldBack).to.deep.equal([
      { count: 1, at: minute(3) },
      { count: 1, at: minute(4) },
    ]);
    await send(people, event("m-9", alarmJson("cost-spike", "ALARM", minute(30))));
    expect(JSON.stringify(people.slack.at(-1))).to.contain("*Held back*\\n2 messages by the rate limit (query-slow 2)");
    await send(people, event("m-10", alarmJson("volume-off", "ALARM", minute(31))));
    expect(JSON.stringify(people.slack.at(-1))).to.not.contain("Held back");
  });
});
