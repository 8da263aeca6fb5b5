import { expect } from "chai";
import { notifyPeople } from "../../../../handlers/operations/notifier";
import { capturingLog } from "../support";
import { alarmJson, crossed, event, P, People, ROWS, send } from "./notifier-support";

const AT = "2026-11-25T13:05:00.000Z";
const LATER = "2026-11-25T13:47:00.000Z";

describe("notifyPeople", () => {
  let people: People;
  beforeEach(() => {
    people = new People();
  });

  it("pages for a critical alarm, once, with text for mail and an event for the pager", async () => {
    await send(
      people,
      event("m-1", alarmJson("data-not-arriving", "ALARM", AT, { NewStateReason: crossed(5460, 5400) })),
    );
    expect(people.slack).to.deep.equal([]);
    expect(people.pages).to.have.length(1);
    const [page] = people.pages;
    expect(page?.subject).to.equal("[CRITICAL] No data arrives (clickstream-prod)");
    expect(page?.attributes).to.deep.equal({ severity: "critical", kind: "alarm" });
    const bodies = JSON.parse(page?.body ?? "") as Record<"default" | "email" | "https", string>;
    expect(bodies.default).to.equal(bodies.email);
    expect(bodies.email).to.equal(
      [
        "[CRITICAL] No data arrives (clickstream-prod)",
        "",
        "What:      Neither an event nor a producer's heartbeat has landed in the raw bucket.",
        "Since:     2026-11-25 11:34 UTC",
        "How bad:   the newest event or heartbeat is 1 h 31 min old; 1 h 30 min is allowed",
        "Do first:  Ask the producers' owners whether they send; then look at what landed last: npm run cli -- status.",
        "Owner:     data-platform on call",
        "Runbook:   https://example.org/runbooks/data-not-arriving.md",
        "Dashboard: https://example.org/dashboard",
        "",
        "data · prod · clickstream-prod",
      ].join("\n"),
    );
    expect(JSON.parse(bodies.https)).to.deep.equal({
      event_action: "trigger",
      dedup_key: "clickstream-prod-data-not-arriving",
      payload: {
        summary:
          "[CRITICAL] No data arrives (clickstream-prod) " +
          "Neither an event nor a producer's heartbeat has landed in the raw bucket.",
        source: "clickstream-prod",
        severity: "critical",
        timestamp: AT,
        component: "clickstream-prod-data-not-arriving",
        group: "data · prod · clickstream-prod",
        custom_details: {
          What: "Neither an event nor a producer's heartbeat has landed in the raw bucket.",
          Since: "2026-11-25 11:34 UTC",
          "How bad": "the newest event or heartbeat is 1 h 31 min old; 1 h 30 min is allowed",
          "Do first":
            "Ask the producers' owners whether they send; then look at what landed last: npm run cli -- status.",
          Owner: "data-platform on call",
          Runbook: "https://example.org/runbooks/data-not-arriving.md",
        },
      },
      links: [
        { href: "https://example.org/dashboard", text: "Dashboard" },
        { href: "https://example.org/runbooks/data-not-arriving.md", text: "Runbook" },
      ],
    });
  });

  it("posts a warning to Slack, with the value of the composite's child", async () => {
    people.reasons[`${P}-quality-low-metric`] = crossed(94, 95);
    const children = [{ Arn: `arn:aws:cloudwatch:eu-west-1:123456789012:alarm:${P}-quality-low-metric` }];
    await send(people, event("m-1", alarmJson("quality-low", "ALARM", AT, { TriggeringChildren: children })));
    expect(people.pages).to.deep.equal([]);
    expect(people.slack).to.deep.equal([
      {
        text: "[WARNING] Data quality is low (clickstream-prod)",
        blocks: [
          { type: "header", text: { type: "plain_text", text: "[WARNING] Data quality is low (clickstream-prod)" } },
          {
            type: "section",
            fields: [
              {
                type: "mrkdwn",
                text: "*What*\nToo many rows of the last silver run broke a rule and went to quarantine.",
              },
              {
                type: "mrkdwn",
                text: "*Since*\n<!date^1795611900^{date_short_pretty} {time_secs}|2026-11-25T13:05:00.000Z>",
              },
              { type: "mrkdwn", text: "*How bad*\n94 % of the rows are valid; at least 95 % should be" },
              { type: "mrkdwn", text: "*Do first*\nSee which rule it was: npm run cli -- quarantine list." },
              { type: "mrkdwn", text: "*Owner*\ndata-platform team" },
            ],
          },
          {
            type: "actions",
            elements: [
              {
                type: "button",
                text: { type: "plain_text", text: "Runbook" },
                url: "https://example.org/runbooks/quality-low.md",
              },
              { type: "button", text: { type: "plain_text", text: "Dashboard" }, url: "https://example.org/dashboard" },
            ],
          },
          {
            type: "context",
            elements: [
              {
                type: "mrkdwn",
                text: "data · prod · clickstream-prod · runbook https://example.org/runbooks/quality-low.md",
              },
            ],
          },
        ],
      },
    ]);
  });

  it("tells a recovery on the same way, and how long it lasted; ties it to its alarm", async () => {
    await send(people, event("m-1", alarmJson("etl-failed", "ALARM", AT)));
    await send(people, event("m-2", alarmJson("etl-failed", "OK", LATER)));
    expect(people.pages).to.have.length(2);
    const recovery = people.pages[1];
    expect(recovery?.subject).to.equal("[RECOVERED] A Glue job failed (clickstream-prod)");
    const bodies = JSON.parse(recovery?.body ?? "") as Record<"email" | "https", string>;
    expect(bodies.email).to.contain("What:      A Glue job failed: it is over.\n");
    expect(bodies.email).to.contain("Lasted:    42 min\n");
    expect(JSON.parse(bodies.https)).to.include({ event_action: "resolve", dedup_key: "clickstream-prod-etl-failed" });
  });

  it("tells no recovery of an alarm that it did not tell: a new alarm's first value, or a suppressed one", async () => {
    await send(people, event("m-1", alarmJson("etl-failed", "OK", AT, { OldStateValue: "INSUFFICIENT_DATA" })));
    await send(people, event("m-2", alarmJson("gold-stale", "OK", AT)));
    expect([people.pages, people.slack]).to.deep.equal([[], []]);
  });

  it("tells nothing of missing data", async () => {
    await send(people, event("m-1", alarmJson("etl-failed", "INSUFFICIENT_DATA", AT)));
    expect(people.pages).to.deep.equal([]);
  });

  it("an alarm that CloudWatch pages itself is recorded, and its recovery paged", async () => {
    await send(people, event("m-1", alarmJson("monitoring-blind", "ALARM", AT)));
    expect(people.pages).to.deep.equal([]);
    await send(people, event("m-2", alarmJson("monitoring-blind", "OK", LATER)));
    expect(people.pages.map(({ subject }) => subject)).to.deep.equal([
      "[RECOVERED] The stack does not measure itself (clickstream-prod)",
    ]);
    expect(people.pages[0]?.body).to.contain("42 min");
  });

  it("pages its recovery even if the notifier missed the alarm, but not a new alarm's first value", async () => {
    await send(people, event("m-1", alarmJson("notifier-failing", "OK", AT, { OldStateValue: "INSUFFICIENT_DATA" })));
    expect(people.pages).to.deep.equal([]);
    await send(people, event("m-2", alarmJson("notifier-failing", "OK", LATER)));
    expect(people.pages).to.have.length(1);
  });

  it("names the queue of a dead-letter alarm", async () => {
    const reason = { NewStateReason: crossed(3, 0) };
    await send(people, event("m-1", alarmJson("dead-letters-loads", "ALARM", AT, reason)));
    expect(people.pages[0]?.subject).to.equal(
      "[CRITICAL] Messages were set aside: loads of the warehouse (clickstream-prod)",
    );
    expect(people.pages[0]?.body).to.contain("3 in the queue").and.to.contain("runbooks/dead-letters.md");
  });

  it("says a value of each kind in the unit that people use", async () => {
    const values: [string, number, string][] = [
      ["query-slow", 1.84, "1.8 × the usual; 1.5 × is allowed"],
      ["cost-spike", 125, "125 % of the daily budget; 120 % is allowed"],
      ["boundary-lag", 2, "2 days behind; 1 day is allowed"],
      ["archive-lag", 1234, "1,234 dates left"],
    ];
    for (const [id, value, text] of values) {
      await send(people, event(`m-${id}`, alarmJson(id, "ALARM", AT, { NewStateReason: crossed(value, 1) })));
      expect(JSON.stringify(people.slack.at(-1)), id).to.contain(text);
    }
  });

  it("a message without a value, and one whose child cannot be asked, is still told", async () => {
    const children = [{ Arn: `arn:aws:cloudwatch:eu-west-1:123456789012:alarm:${P}-etl-failed-metric` }];
    const deps = { ...people.deps(), reasonOf: () => Promise.reject(new Error("throttled")) };
    const given = event("m-1", alarmJson("etl-failed", "ALARM", AT, { TriggeringChildren: children }));
    await capturingLog(() => notifyPeople(given, "request-1", deps));
    expect(people.pages).to.have.length(1);
    expect(people.pages[0]?.body).to.not.contain("How bad");
  });

  it("passes on what is no alarm of the list as plain text, once: other JSON, text, another pipeline's alarm", async () => {
    const others = [
      "AWS Budget Notification: <over>",
      '{"some":"json"}',
      "null",
      JSON.stringify({ AlarmName: "other-alarm", NewStateValue: "ALARM", StateChangeTime: AT }),
    ];
    for (const [index, text] of others.entries()) {
      const given = event(`m-${String(index)}`, text, { Subject: "AWS Budgets", Timestamp: AT });
      await send(people, given, "request-1");
      await send(people, given, "request-2");
    }
    expect(people.slack.map(({ text }) => text)).to.deep.equal(Array(4).fill("AWS Budgets"));
    expect(JSON.stringify(people.slack[0])).to.contain("AWS Budget Notification: &lt;over&gt;");
  });

  it("where a stack has only one way, everything goes there; without any, it is at least tried", async () => {
    await send(people, event("m-1", alarmJson("query-slow", "ALARM", AT)), "r", { slack: false });
    await send(people, event("m-2", "plain text", { Timestamp: AT }), "r", { slack: false });
    expect(people.pages.map(({ attributes }) => attributes["severity"])).to.deep.equal(["warning", "warning"]);
    expect(people.pages[1]?.body).to.contain("plain text");
    await send(people, event("m-3", alarmJson("etl-failed", "ALARM", AT)), "r", { paged: false });
    expect(people.slack).to.have.length(1);
    await send(people, event("m-4", alarmJson("gold-stale", "ALARM", AT)), "r", { paged: false, slack: false });
    expect(people.pages).to.have.length(3);
  });

  it("without a URL of the runbooks it names their path, and offers no button", async () => {
    const settings = { runbookBase: "docs/runbooks/" };
    await send(people, event("m-1", alarmJson("query-slow", "ALARM", AT)), "r", settings);
    const text = JSON.stringify(people.slack[0]);
    expect(text).to.contain("runbook docs/runbooks/query-slow.md").and.to.not.contain('"Runbook"');
  });

  it("every alarm of the list is told within what its receivers take", async () => {
    for (const row of ROWS) {
      const part = row.parts === undefined ? "" : `-${Object.keys(row.parts)[0] ?? ""}`;
      people = new People();
      await send(people, event("m-1", alarmJson(`${row.id}${part}`, "ALARM", AT)));
      await send(people, event("m-2", alarmJson(`${row.id}${part}`, "OK", LATER)));
      const expected = row.route === "pager-direct" ? 1 : 2;
      expect([...people.pages, ...people.slack], row.id).to.have.length(expected);
      for (const { subject } of people.pages) expect(subject).to.match(/^[\x20-\x7e]{1,99}$/);
      expect(row.severity === "critical" ? people.slack : people.pages, row.id).to.deep.equal([]);
    }
  });
});
