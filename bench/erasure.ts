/**
 * Erasure: seconds and bytes rewritten over the number of users who are erased at once.
 * `npm run bench -- erasure [--events 30000] [--runs 5] [--quick]`
 */
import { wholeNumber } from "../automation/commands/options";
import { humanBytes } from "../automation/demo/summary";
import { withEphemeralStack, type StackSession } from "../automation/ephemeral-stack";
import { privacyOf, takeRequests } from "../automation/privacy/batch";
import { eraseBatches } from "../automation/privacy/erase";
import type { StepRecord } from "../automation/privacy/ledger";
import { subjectOf } from "../automation/privacy/subject";
import { benchmark, say, timed, type BenchOptions, type Finding } from "./support/bench";
import { figure, median, spreadOf, spreadText } from "./support/statistics";

interface ErasureOptions extends BenchOptions {
  events: number;
  runs?: number;
}

/** One batch, gone through. */
interface Erased {
  users: number;
  seconds: number;
  steps: { name: string; seconds: number; bytes: number; files: number }[];
}

const SIZES = [1, 10, 100];
const RUNS = 5;
const DAYS = 30;

/** Users who are still there, in an order that has nothing to do with their data. */
async function someUsers({ stack }: StackSession, count: number): Promise<string[]> {
  const sql = `SELECT user_id FROM dim_users ORDER BY reverse(user_id) LIMIT ${String(count)}`;
  const { rows } = await stack.query(sql);
  return rows.map(([id]) => String(id));
}

async function erase(session: StackSession, users: number): Promise<Erased> {
  const { stack, outputs, signal } = session;
  const subjects = (await someUsers(session, users)).map((id) => subjectOf(id));
  if (subjects.length < users) throw new Error(`Only ${String(subjects.length)} users are left to erase.`);
  const place = await privacyOf(stack.clients, outputs);
  const { batches } = await takeRequests(place, subjects);
  const steps: Erased["steps"] = [];
  const done = ({ name }: { name: string }, { seconds, classes }: StepRecord): void => {
    const sum = (key: "bytes" | "files"): number => classes.reduce((all, one) => all + (one[key] ?? 0), 0);
    steps.push({ name, seconds, bytes: sum("bytes"), files: sum("files") });
  };
  const tell = { step: () => undefined, done, progress: () => undefined };
  const { seconds } = await timed(() =>
    eraseBatches(stack.clients, outputs, batches, { owner: "bench", signal, tell }),
  );
  return { users, seconds, steps };
}

async function measure({ quick, events, runs = quick ? 1 : RUNS }: ErasureOptions): Promise<Finding> {
  const erased: Erased[] = [];
  await withEphemeralStack({ ttl: "6h" }, async (session) => {
    const { stack } = session;
    await stack.landGenerated({ events: quick ? 5000 : events, days: quick ? 3 : DAYS });
    await stack.runEtl();
    for (let run = 1; run <= runs; run += 1) {
      for (const users of quick ? [1, 10] : SIZES) {
        const one = await erase(session, users);
        erased.push(one);
        say(`run ${String(run)}: ${String(users)} users in ${one.seconds.toFixed(1)} s`);
      }
    }
  });
  return finding(erased, quick ? 5000 : events);
}

/** Steps that write anew or remove what others own too; the last one reads everything again. */
const VERIFY = "verify";
const bytesOf = ({ steps }: Erased): number =>
  steps.filter(({ name }) => name !== VERIFY).reduce((sum, { bytes }) => sum + bytes, 0);
const filesOf = ({ steps }: Erased): number =>
  steps.filter(({ name }) => name !== VERIFY).reduce((sum, { files }) => sum + files, 0);

function finding(erased: readonly Erased[], events: number): Finding {
  const sizes = [...new Set(erased.map(({ users }) => users))];
  const of = (users: number): Erased[] => erased.filter((one) => one.users === users);
  const stepNames = [...new Set(erased.flatMap(({ steps }) => steps.map(({ name }) => name)))];
  const stepSeconds = (users: number, name: string): number =>
    median(of(users).map(({ steps }) => steps.find((step) => step.name === name)?.seconds ?? 0));
  return {
    curves: {
      id: "erasure",
      title: "Erasure: seconds over users erased at once",
      what: "Seconds from the request to the certificates, over the number of users in one batch; bars are ends of the runs.",
      x: "users",
      y: "seconds",
      logX: true,
      points: sizes.map((users) => {
        const { median: y, min: low, max: high } = spreadOf(of(users).map(({ seconds }) => seconds));
        return { series: "whole erasure", x: users, y, low, high };
      }),
    },
    method: [
      `One ephemeral stack on the local target with ${events.toLocaleString("en-US")} events over ${String(DAYS)} days and no ` +
        "warehouse; users are taken from dim_users in the order of their reversed ids. Each batch goes from request to " +
        "certificate, as cli erase.",
      "Bytes and files are those that the steps report as rewritten or removed, in every layer and old version; the verifying " +
        "step, which reads everything again, is not in them.",
    ],
    tables: [
      {
        caption: "Median (fastest–slowest)",
        head: ["users", "runs", "seconds", "s a user", "bytes rewritten", "files"],
        rows: sizes.map((users) => {
          const seconds = spreadOf(of(users).map((one) => one.seconds));
          return [
            String(users),
            String(seconds.runs),
            spreadText(seconds),
            figure(seconds.median / users),
            humanBytes(Math.round(median(of(users).map(bytesOf)))),
            figure(median(of(users).map(filesOf))),
          ];
        }),
      },
      {
        caption: "Seconds by step, medians",
        head: ["users", ...stepNames],
        rows: sizes.map((users) => [String(users), ...stepNames.map((name) => figure(stepSeconds(users, name)))]),
      },
    ],
    goals: [],
    notes: [],
    data: { events, erased },
  };
}

benchmark<ErasureOptions>({
  name: "erasure",
  title: "Erasure over the number of users",
  options: (command) =>
    command
      .option("--events <n>", "events in the lake", wholeNumber(1000, 10_000_000), 30_000)
      .option("--runs <n>", "runs of each size", wholeNumber(1, 20)),
  measure,
});
