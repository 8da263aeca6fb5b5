import { expect } from "chai";
import { MOST_PER_ALARM } from "../../../../handlers/operations/notifier-limit";
import { parseSecurityEvent, SECURITY_EVENTS } from "../../../../handlers/operations/security-event";
import { event, P, People, send } from "./notifier-support";

const DETAIL = {
  eventTime: "2026-11-25T13:05:00Z",
  eventSource: "kms.amazonaws.com",
  eventName: "ScheduleKeyDeletion",
  awsRegion: "eu-west-1",
  sourceIPAddress: "203.0.113.7",
  userIdentity: { type: "AssumedRole", arn: "arn:aws:sts::123456789012:assumed-role/admin/mallory" },
  eventID: "0f3c-1",
};

/** What a rule's input transformer makes of a record. */
function securityJson(id: string, detail: Record<string, unknown> = DETAIL): string {
  return JSON.stringify({ securityEvent: id, time: "2026-11-25T13:09:00Z", region: "eu-west-1", detail });
}

let requests = 0;
/** Delivers one message, as a request of its own. */
function notify(people: People, id: string, message: string): Promise<unknown> {
  return send(people, event(id, message), `request-${++requests}`);
}

describe("security events", () => {
  let people: People;
  beforeEach(() => (people = new People()));

  it("pages for a critical one: who called what, from where, when, and where the record is", async () => {
    await notify(people, "m1", securityJson("key-lost"));
    expect(people.slack).to.deep.equal([]);
    expect(people.pages).to.have.length(1);
    const [page] = people.pages;
    expect(page?.attributes).to.deep.equal({ severity: "critical", kind: "alarm" });
    expect(page?.subject).to.equal(`[CRITICAL] A key is disabled or scheduled for deletion (${P})`);
    const { email, https } = JSON.parse(page?.body ?? "") as { email: string; https: string };
    expect(email)
      .to.contain(
        "ScheduleKeyDeletion (kms.amazonaws.com) by arn:aws:sts::123456789012:assumed-role/admin/mallory " +
          "from 203.0.113.7 in eu-west-1.",
      )
      .and.contain("2026-11-25 13:05 UTC")
      .and.contain("It was done.")
      .and.contain("https://example.org/runbooks/security-event.md");
    expect(JSON.parse(https)).to.deep.include({ event_action: "trigger", dedup_key: `${P}-security-key-lost` });
    expect(https).to.contain(
      "https://eu-west-1.console.aws.amazon.com/cloudtrailv2/home?region=eu-west-1#/events/0f3c-1",
    );
  });

  it("posts a warning to Slack, says that a call was refused, and escapes what a caller chose", async () => {
    const userIdentity = { type: "IAMUser", arn: "arn:aws:iam::1:user/<!channel>" };
    const detail = { ...DETAIL, userIdentity, eventName: "PutRolePolicy", errorCode: "AccessDenied" };
    await notify(people, "m1", securityJson("roles", detail));
    expect(people.pages).to.deep.equal([]);
    const text = JSON.stringify(people.slack);
    expect(text)
      .to.contain("It was refused: AccessDenied.")
      .and.contain("&lt;!channel&gt;")
      .and.not.contain("<!channel>");
  });

  it("tells a repeated delivery once, and no more of a kind in an hour than of an alarm; the rest is counted", async () => {
    await notify(people, "m0", securityJson("roles"));
    await notify(people, "m0", securityJson("roles"));
    for (let at = 1; at <= MOST_PER_ALARM; at++) await notify(people, `m${at}`, securityJson("roles"));
    expect(people.slack).to.have.length(MOST_PER_ALARM);
    expect(people.heldBack).to.have.length(1);
    await notify(people, "other", securityJson("policies"));
    expect(JSON.stringify(people.slack.at(-1))).to.contain("1 message by the rate limit (security-roles 1)");
  });

  it("leaves no alarm open behind, so that nothing waits for a recovery", async () => {
    await notify(people, "m1", securityJson("root-use"));
    expect(people.told.open).to.deep.equal({});
    expect(people.told.sent.map(({ key, kind }) => [key, kind])).to.deep.equal([["security-root-use", "event"]]);
  });

  it("is taken back if it cannot be delivered, and told by the retry", async () => {
    people.slackIsDown = true;
    expect(String(await notify(people, "m1", securityJson("roles")))).to.contain("Slack is down");
    expect(people.told).to.deep.include({ sent: [], open: {} });
    people.slackIsDown = false;
    await notify(people, "m1", securityJson("roles"));
    expect(people.slack).to.have.length(1);
  });

  it("reads a record that lacks everything but its time, and passes on what is none", async () => {
    const bare = parseSecurityEvent(securityJson("root-use", {}));
    expect(bare).to.deep.include({ at: "2026-11-25T13:09:00.000Z", region: "eu-west-1", call: "an unnamed call" });
    for (const text of ["", "{", "[]", "null", '{"securityEvent":"root-use"}', securityJson("unknown-kind")]) {
      expect(parseSecurityEvent(text), text).to.equal(undefined);
    }
    await notify(people, "m1", securityJson("unknown-kind"));
    expect(people.slack).to.have.length(1);
  });

  it("every kind has an id that fits a rule's name, and words", () => {
    for (const { id, title, firstStep } of SECURITY_EVENTS) {
      expect(id).to.match(/^[a-z]+(-[a-z]+)*$/);
      expect(id.length, id).to.be.at.most(10);
      expect(`${title} ${firstStep}`.length).to.be.at.most(250);
    }
  });
});
