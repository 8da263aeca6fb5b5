import { expect } from "chai";
import type { Service } from "../../../../local-cloud/provider/clients";
import { extraIssues } from "../../../../local-cloud/provider/rules";

/** Inputs of one operation: one that AWS takes, and changes of it that AWS refuses, each with the reason. */
export interface Case {
  readonly call: `${Service}.${string}`;
  /** What AWS takes. */
  readonly good: object;
  /** More that AWS takes. */
  readonly also?: readonly object[];
  /** Members to change, and what the refusal must say. */
  readonly bad: readonly (readonly [object, RegExp])[];
}

/** What the rules say of an input, as `path: rule`. */
export function judge(call: string, input: object): string[] {
  const [service, operation] = call.split(".") as [Service, string];
  return extraIssues(service, operation, input as Record<string, unknown>).map(({ path, rule }) => `${path}: ${rule}`);
}

const title = (change: object): string =>
  JSON.stringify(change, (_, value: unknown) => (value instanceof Uint8Array ? value.byteLength : value)).slice(0, 90);

/** Declares a test for each input of each case. */
export function judgeAll(cases: readonly Case[]): void {
  for (const { call, good, also = [], bad } of cases) {
    describe(call, () => {
      for (const [i, input] of [good, ...also.map((more) => ({ ...good, ...more }))].entries()) {
        it(`takes good input ${i + 1}`, () => expect(judge(call, input)).to.deep.equal([]));
      }
      for (const [change, reason] of bad) {
        it(`refuses ${title(change)}`, () => {
          expect(judge(call, { ...good, ...change }).join("\n")).to.match(reason);
        });
      }
    });
  }
}
