import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { Command } from "commander";
import { expect } from "chai";
import { commandLine } from "../../../../automation/program";
import {
  ALARMS,
  alarmDescription,
  MAX_DESCRIPTION,
  notifierRows,
  runbookFolder,
} from "../../../../components/operations/alarm-list";
import type { AlarmRow } from "../../../../components/operations/alarm-list-types";
import { METRICS } from "../../../../handlers/operations/metrics";
import { SECURITY_EVENTS, SECURITY_RUNBOOK } from "../../../../handlers/operations/security-event";

const ROOT = path.resolve(__dirname, "..", "..", "..", "..");
const RUNBOOKS = path.join(ROOT, "docs", "runbooks");

/** What is wrong with a row; nothing for a sound one. */
function problemsOf(row: AlarmRow, all: readonly AlarmRow[]): string[] {
  const { what, howBad, firstStep } = row.message;
  const evaluated = row.periodSeconds * row.evaluationPeriods;
  const checks: [boolean, string][] = [
    [/^[a-z]+(-[a-z]+)*$/.test(row.id), "id is not kebab case"],
    [all.filter(({ id }) => id === row.id).length === 1, "id is not unique"],
    [row.owner.trim() !== "", "no owner"],
    [row.runbook === `docs/runbooks/${row.id}.md` && existsSync(path.join(ROOT, row.runbook)), "no runbook"],
    [row.route === "notifier" || (row.route === "pager-direct" && row.severity === "critical"), "no route"],
    [what.endsWith(".") && firstStep.endsWith(".") && howBad.text.trim() !== "", "no message"],
    [row.missing.because !== "" && row.delay.because !== "" && row.delay.minutes > 0, "no reason"],
    [row.datapointsToAlarm <= row.evaluationPeriods, "more datapoints than periods"],
    // PutMetricAlarm: a day at most for periods under an hour, else seven.
    [evaluated <= (row.periodSeconds < 3600 ? 86_400 : 7 * 86_400), "evaluated over too long"],
    [
      alarmDescription(row, "https://example.org/a/rather/long/path/").length <= MAX_DESCRIPTION,
      "description too long",
    ],
    [row.suppression?.by.every((id) => all.some((other) => other.id === id)) ?? true, "explained by nothing"],
    [row.delay.minutes * 60 >= row.periodSeconds + (row.suppression?.waitSeconds ?? 0), "delay shorter than its parts"],
  ];
  return checks.filter(([holds]) => !holds).map(([, problem]) => problem);
}

describe("alarm list", () => {
  for (const row of ALARMS) {
    it(`${row.id} has an owner, a runbook, a route, a message and sound numbers`, () => {
      expect(problemsOf(row, ALARMS)).to.deep.equal([]);
    });
  }

  it("a row without one of them is found out", () => {
    const [sound] = ALARMS as [AlarmRow];
    const broken: [Partial<AlarmRow>, string][] = [
      [{ owner: " " }, "no owner"],
      [{ runbook: "docs/runbooks/nowhere.md" }, "no runbook"],
      [{ route: "nobody" as AlarmRow["route"] }, "no route"],
      [{ severity: "warning", route: "pager-direct" }, "no route"],
      [{ message: { ...sound.message, firstStep: "" } }, "no message"],
      [{ datapointsToAlarm: 9 }, "more datapoints than periods"],
      [{ suppression: { by: ["nothing"], waitSeconds: 0, extensionSeconds: 0, because: "" } }, "explained by nothing"],
    ];
    for (const [change, problem] of broken) {
      const row = { ...sound, ...change };
      expect(problemsOf(row, [row])).to.include(problem);
    }
  });

  it("has the rows that the seed names, each with its severity", () => {
    const of = (severity: string): string[] => ALARMS.filter((row) => row.severity === severity).map(({ id }) => id);
    expect(of("critical").sort()).to.deep.equal([
      "conservation-broken",
      "data-not-arriving",
      "dead-letters",
      "drift-breaking",
      "etl-failed",
      "gold-stale",
      "monitoring-blind",
      "notifier-failing",
      "warehouse-unhealthy",
    ]);
    expect(of("warning").sort()).to.deep.equal([
      "archive-lag",
      "boundary-lag",
      "cost-spike",
      "drift-additive",
      "pager-undelivered",
      "quality-low",
      "quarantine-growth",
      "query-slow",
      "volume-off",
    ]);
  });

  it("nothing explains itself, however far round", () => {
    const explains = (id: string, path: readonly string[]): void => {
      expect(path, `explained by itself: ${path.join(" ← ")}`).to.not.include(id);
      for (const parent of ALARMS.find((row) => row.id === id)?.suppression?.by ?? []) explains(parent, [...path, id]);
    };
    for (const { id } of ALARMS) explains(id, []);
  });

  it("an explaining alarm is at least as severe, so that nothing critical hides behind a warning", () => {
    for (const { id, severity, suppression } of ALARMS) {
      if (severity !== "critical") continue;
      const parents = ALARMS.filter((row) => suppression?.by.includes(row.id));
      expect(
        parents.map((row) => row.severity).filter((one) => one !== "critical"),
        id,
      ).to.deep.equal([]);
    }
  });

  it("expressions use exactly the metrics that they name", () => {
    for (const { id, metric } of ALARMS) {
      if (metric.kind !== "math") continue;
      const used = [...metric.expression.matchAll(/[a-z]\w*/g)].map(([name]) => name);
      expect([...new Set(used)].sort(), id).to.deep.equal(Object.keys(metric.metrics).sort());
      for (const one of Object.values(metric.metrics)) expect(METRICS).to.have.property(one);
    }
  });

  it("the notifier's part is plain data, which a closure carries unchanged", () => {
    const rows = notifierRows(ALARMS);
    expect(JSON.parse(JSON.stringify(rows))).to.deep.equal(rows);
    expect(rows).to.have.length(ALARMS.length);
  });

  it("the runbooks' folder ends with one slash", () => {
    expect(runbookFolder()).to.equal("docs/runbooks/");
    expect(runbookFolder("https://example.org/x")).to.equal("https://example.org/x/");
    expect(runbookFolder("https://example.org/x//")).to.equal("https://example.org/x/");
  });
});

/** A use of the command line in a text: the words after `npm run cli --`, up to the end of the command. */
function uses(text: string): string[][] {
  const joined = text.replaceAll("\\\n", " ");
  return [...joined.matchAll(/npm run cli -- ((?:"[^"]*"|[^"`\n])*)/g)].map((match) =>
    [...(match[1] ?? "").matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? ""),
  );
}

/** What is wrong with a use of the command line. */
function misuse(program: Command, words: readonly string[]): string | undefined {
  let command = program;
  const rest = [...words];
  for (;;) {
    const next = command.commands.find((one) => one.name() === rest[0]?.replace(/[.;,:]$/, ""));
    if (next === undefined) break;
    command = next;
    rest.shift();
  }
  if (command === program) return `there is no command "${words[0] ?? ""}"`;
  const options = rest.filter((word) => word.startsWith("--")).map((word) => word.replace(/[.;,:)]+$/, ""));
  const unknown = options.find((option) => !command.options.some(({ long }) => long === option));
  if (unknown !== undefined) return `"${command.name()}" has no option ${unknown}`;
  if (command.commands.length > 0) return `"${command.name()}" has no command "${rest[0] ?? ""}"`;
  return undefined;
}

describe("runbooks", () => {
  const files = readdirSync(RUNBOOKS);
  const program = commandLine();

  it("there is one for each alarm, one for all security events, and no other", () => {
    expect(files.sort()).to.deep.equal(
      [...ALARMS.map(({ id }) => id), SECURITY_RUNBOOK].map((id) => `${id}.md`).sort(),
    );
  });

  const kinds = SECURITY_EVENTS.map(({ firstStep }) => firstStep).join("\n");
  const security = { id: SECURITY_RUNBOOK, title: "A security event", message: { firstStep: kinds } };
  for (const { id, title, message } of [...ALARMS, security]) {
    it(`${id} is short, has all parts, and its commands and links exist`, () => {
      const text = readFileSync(path.join(RUNBOOKS, `${id}.md`), "utf8");
      expect(text.split("\n").length).to.be.at.most(61);
      expect(text.split("\n")[0]).to.equal(`# ${title} (\`${id}\`)`);
      const heads = [...text.matchAll(/^## (.*)$/gm)].map((match) => match[1]);
      expect(heads).to.deep.equal(["Meaning", "Impact", "First look", "Fix", "Afterwards"]);
      const named = uses(`${text}\n${message.firstStep}`);
      expect(named.map((words) => misuse(program, words)).filter((problem) => problem !== undefined)).to.deep.equal([]);
      for (const [, link] of text.matchAll(/\]\(([^)]*)\)/g)) {
        expect(existsSync(path.join(RUNBOOKS, link ?? "")), `link to ${link ?? ""}`).to.equal(true);
      }
    });
  }

  it("a command, a subcommand or an option that does not exist is found out", () => {
    const known = new Command("clickstream");
    known.command("status").option("--stack <name>");
    known.command("drift").command("list").option("--stack <name>");
    const judge = (text: string): (string | undefined)[] => uses(text).map((words) => misuse(known, words));
    expect(judge("`npm run cli -- status --stack S`, npm run cli -- drift list.")).to.deep.equal([
      undefined,
      undefined,
    ]);
    expect(judge("`npm run cli -- statis`")).to.deep.equal(['there is no command "statis"']);
    expect(judge("npm run cli -- status --stak S")).to.deep.equal(['"status" has no option --stak']);
    expect(judge("npm run cli -- drift lost")).to.deep.equal(['"drift" has no command "lost"']);
  });
});
