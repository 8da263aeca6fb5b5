import { generateMersenne53Randomizer } from "@faker-js/faker";

/** Seeded source of every random choice of the generator, so that a seed names a whole data set. */
export interface Random {
  /** Uniform in [0, 1). */
  unit(): number;
  /** Whole number in [low, high]. */
  integer(low: number, high: number): number;
  /** True with the given probability, 0 to 1. */
  chance(probability: number): boolean;
  /** One element; throws on an empty list. */
  pick<T>(list: readonly T[]): T;
  /** Positive, with the given median; `spread` is the sigma of the logarithm. */
  logNormal(median: number, spread: number): number;
  /** Version-4-shaped UUID, lower case. */
  uuid(): string;
}

/** Same seed, same sequence. */
export function seededRandom(seed: number): Random {
  const source = generateMersenne53Randomizer(seed);
  const unit = (): number => source.next();
  const integer = (low: number, high: number): number => low + Math.floor(unit() * (high - low + 1));
  const hex = (length: number): string => {
    let digits = "";
    while (digits.length < length) digits += integer(0, 0xffff).toString(16).padStart(4, "0");
    return digits.slice(0, length);
  };
  return {
    unit,
    integer,
    chance: (probability) => unit() < probability,
    pick: <T>(list: readonly T[]): T => {
      const chosen = list[integer(0, list.length - 1)];
      if (chosen === undefined) throw new RangeError("cannot pick from an empty list");
      return chosen;
    },
    logNormal: (median, spread) => {
      // Box-Muller; 1 - unit() keeps the logarithm away from zero.
      const normal = Math.sqrt(-2 * Math.log(1 - unit())) * Math.cos(2 * Math.PI * unit());
      return median * Math.exp(spread * normal);
    },
    uuid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-${"89ab"[integer(0, 3)] ?? "8"}${hex(3)}-${hex(12)}`,
  };
}
