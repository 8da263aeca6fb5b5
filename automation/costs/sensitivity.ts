import { ASSUMPTION_NAMES, ASSUMPTIONS, type AssumptionName } from "./assumptions";
import { beforeOf } from "./before";
import { billOf } from "./bill";
import { modelOf, type ModelInputs } from "./model";

/** What the bill is if one assumption is half or twice as large. */
export interface Sensitivity {
  name: AssumptionName;
  value: number;
  low: { value: number; usd: number };
  high: { value: number; usd: number };
  /** USD between the two. */
  swing: number;
}

/** Assumptions that are not about this bill but about what it is compared with. */
const OF_BEFORE: readonly AssumptionName[] = ["tbPerNode", "headroom"];

/** Moves one assumption at a time, within its bounds; the one that moves the bill most comes first. */
export function sensitivitiesOf(inputs: ModelInputs): Sensitivity[] {
  const at = (name: AssumptionName, value: number): number =>
    billOf({ ...inputs, assumed: { ...inputs.assumed, [name]: value } }).usd;
  return ASSUMPTION_NAMES.filter((name) => !OF_BEFORE.includes(name))
    .map((name) => {
      const { min, max } = ASSUMPTIONS[name];
      const value = inputs.assumed[name];
      const low = Math.max(min, value / 2);
      const high = Math.min(max, value * 2);
      const ends = { low: { value: low, usd: at(name, low) }, high: { value: high, usd: at(name, high) } };
      return { name, value, ...ends, swing: Math.abs(ends.high.usd - ends.low.usd) };
    })
    .sort((one, other) => other.swing - one.swing);
}

/** Saving of a bill in percent of what the same data would cost before. */
export function savedPercent(inputs: ModelInputs): number {
  return 100 * (1 - billOf(inputs).usd / beforeOf(modelOf(inputs)).usd);
}
