/** How `awsx.ec2.Vpc` divides its range among zones and subnets: the Legacy, Auto and Exact strategies of awsx 3. */

export type SubnetType = "Public" | "Private" | "Isolated" | "Unused";

/** One entry of `subnetSpecs`. */
export interface SubnetSpec {
  readonly type: SubnetType;
  readonly name?: string;
  readonly cidrMask?: number;
  readonly size?: number;
  readonly cidrBlocks?: readonly string[];
  readonly tags?: Readonly<Record<string, unknown>>;
}

/** One subnet of one zone. */
export interface SubnetPlan {
  readonly type: SubnetType;
  readonly zone: string;
  readonly name: string;
  readonly cidrBlock: string;
  readonly tags?: SubnetSpec["tags"];
}

/** An entry of the output `subnetLayout`. */
export type ResolvedSpec = Pick<SubnetSpec, "type" | "name" | "cidrMask" | "size" | "cidrBlocks">;

export type Strategy = "Legacy" | "Auto" | "Exact";

interface Block {
  readonly first: number;
  readonly mask: number;
}

const sizeOf = (mask: number): number => 2 ** (32 - mask);
const lastOf = ({ first, mask }: Block): number => first + sizeOf(mask) - 1;
const aligned = (address: number, mask: number): Block => ({ first: address - (address % sizeOf(mask)), mask });
const overlap = (a: Block, b: Block): boolean => a.first <= lastOf(b) && b.first <= lastOf(a);
/** The block of that size after the one that holds the end of `block`. */
const following = (block: Block, mask: number): Block => ({
  first: aligned(lastOf(block), mask).first + sizeOf(mask),
  mask,
});

function parse(cidr: string): Block {
  const [, a, b, c, d, mask] = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(cidr) ?? [];
  const parts = [a, b, c, d].map(Number);
  const bits = Number(mask);
  if (mask === undefined || bits > 32 || parts.some((part) => part > 255))
    throw new Error(`"${cidr}" is no IPv4 range; write for example 10.0.0.0/16`);
  return aligned(
    parts.reduce((sum, part) => sum * 256 + part, 0),
    bits,
  );
}

function format({ first, mask }: Block): string {
  if (mask > 32) throw new Error(`the VPC is too small: a subnet would need a /${mask}`);
  return `${[24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256).join(".")}/${mask}`;
}

const newBits = (count: number): number => Math.ceil(Math.log2(Math.max(count, 1)));
const nameOf = (vpc: string, spec: SubnetSpec, zone: number): string =>
  `${vpc}-${spec.name ?? spec.type.toLowerCase()}-${zone + 1}`;

/** Sizes and masks made to agree, or an error that lists every spec in which they do not. */
export function normalize(specs: readonly SubnetSpec[], zones: number): SubnetSpec[] {
  const issues: string[] = [];
  const explicit = specs.some(({ cidrBlocks }) => cidrBlocks !== undefined);
  const normal = specs.map((spec, i): SubnetSpec => {
    const { size, cidrBlocks } = spec;
    if (size !== undefined && (size < 4 || !Number.isInteger(Math.log2(size))))
      issues.push(`subnetSpecs[${i}].size ${size} must be a power of 2 from 4`);
    const cidrMask = spec.cidrMask ?? (size === undefined ? undefined : 32 - Math.log2(size));
    if (size !== undefined && cidrMask !== undefined && size !== sizeOf(cidrMask))
      issues.push(`subnetSpecs[${i}].size ${size} is not that of a /${cidrMask}`);
    if (!explicit) return { ...spec, cidrMask, ...(cidrMask === undefined ? {} : { size: sizeOf(cidrMask) }) };
    if (cidrBlocks?.length !== zones)
      issues.push(`subnetSpecs[${i}].cidrBlocks must name one range a zone (${zones}), as every spec does if one does`);
    if (cidrBlocks?.some((block) => cidrMask !== undefined && parse(block).mask !== cidrMask))
      issues.push(`subnetSpecs[${i}].cidrMask must be that of all its cidrBlocks`);
    return spec;
  });
  if (issues.length > 0) throw new Error(`Invalid subnet specifications:\n - ${issues.join("\n - ")}`);
  return normal;
}

/** Without specs: half of each zone is private, a quarter public, the rest is kept. */
const DEFAULT_TYPES = ["Private", "Public"] as const;
/** The smallest zone that is divided by default, and the largest part of one that is. */
const SMALLEST_ZONE = 26;
const LARGEST_ZONE = 16;

function auto(
  vpc: string,
  range: Block,
  zones: readonly string[],
  specs: readonly SubnetSpec[] | undefined,
  zoneMask?: number,
): SubnetPlan[] {
  const mask = zoneMask ?? range.mask + newBits(zones.length);
  if (specs === undefined && mask > SMALLEST_ZONE)
    throw new Error(
      `a zone of a /${mask} is too small for the default subnets (/${SMALLEST_ZONE}): specify subnetSpecs`,
    );
  const all =
    specs ?? DEFAULT_TYPES.map((type, i): SubnetSpec => ({ type, cidrMask: Math.max(mask, LARGEST_ZONE) + i + 1 }));
  if (all.length === 0) throw new Error("No subnets specified");
  const maskOf = ({ cidrMask }: SubnetSpec): number => cidrMask ?? mask + newBits(all.length);
  const needed = all.reduce((sum, spec) => sum + sizeOf(maskOf(spec)), 0);
  if (needed > sizeOf(mask))
    throw new Error(
      `Subnets are too large for VPC: a zone has ${sizeOf(mask)} addresses, but its subnets need ${needed}`,
    );
  return zones.flatMap((zone, at) => {
    let block: Block | undefined;
    return all.map((spec): SubnetPlan => {
      const start = range.first + at * sizeOf(mask);
      block = block === undefined ? aligned(start, maskOf(spec)) : following(block, maskOf(spec));
      return { type: spec.type, zone, name: nameOf(vpc, spec, at), cidrBlock: format(block), tags: spec.tags };
    });
  });
}

/** Private first, then public, then isolated, each no larger than this by default. */
const LEGACY_MASKS = { Private: 19, Public: 20, Isolated: 24 } as const;

function legacy(
  vpc: string,
  range: Block,
  zones: readonly string[],
  specs: readonly SubnetSpec[] | undefined,
): SubnetPlan[] {
  const mask = range.mask + newBits(zones.length);
  const base = (at: number): Block => ({ first: range.first + at * sizeOf(mask), mask });
  if (specs === undefined) {
    const half = (type: (typeof DEFAULT_TYPES)[number], i: number): SubnetPlan[] =>
      zones.map((zone, at) => {
        const block = { first: base(at).first + i * sizeOf(mask + 1), mask: mask + 1 + i };
        return { type, zone, name: nameOf(vpc, { type }, at), cidrBlock: format(block) };
      });
    return DEFAULT_TYPES.flatMap(half);
  }
  // A single subnet may have all of a small zone.
  const shared = mask + (specs.length === 1 ? 0 : 1);
  return zones.flatMap((zone, at) => {
    const plans: SubnetPlan[] = [];
    let before: Block = { first: base(at).first - 1, mask: 32 };
    for (const [type, widest] of Object.entries(LEGACY_MASKS)) {
      const start = plans.length === 0 ? base(at).first : lastOf(before) + 1;
      for (const [j, spec] of specs.filter((one) => one.type === type).entries()) {
        const own = spec.cidrMask ?? Math.max(shared, widest);
        const wanted = { first: start + j * sizeOf(own), mask: own };
        const free = !overlap(before, aligned(wanted.first, own));
        before = free ? wanted : following(before, own);
        plans.push({ type: spec.type, zone, name: nameOf(vpc, spec, at), cidrBlock: format(before), tags: spec.tags });
      }
    }
    return plans;
  });
}

/** The blocks between two, as few and as wide as can be. */
function gaps(a: Block, b: Block): Block[] {
  const found: Block[] = [];
  const [start, end] = a.first < b.first ? [a, b] : [b, a];
  for (
    let before = start, next = following(start, start.mask);
    next.first < end.first;
    next = following(before, before.mask)
  ) {
    for (let wider = aligned(next.first, next.mask - 1); wider.first > lastOf(before) && !overlap(wider, end);) {
      next = wider;
      wider = aligned(next.first, next.mask - 1);
    }
    found.push(next);
    before = next;
  }
  return found;
}

/** The layout of the first zone as specs of the Auto strategy. */
function layoutOf(plans: readonly SubnetPlan[], zones: number): ResolvedSpec[] {
  let before: Block | undefined;
  return plans.slice(0, plans.length / zones).flatMap(({ type, cidrBlock }): ResolvedSpec[] => {
    const block = parse(cidrBlock);
    const unused = before === undefined ? [] : gaps(before, block);
    before = block;
    return [...unused.map(({ mask }) => ({ type: "Unused" as const, cidrMask: mask })), { type, cidrMask: block.mask }];
  });
}

function validate(plans: readonly SubnetPlan[], range: Block, exact: boolean): void {
  const blocks = plans.map((plan) => ({ ...plan, block: parse(plan.cidrBlock) }));
  const clash = blocks.filter((one) => blocks.some((other) => other !== one && overlap(one.block, other.block)));
  if (clash.length > 0) {
    const list = clash.map(({ name, cidrBlock }) => `${name}: ${cidrBlock}`).join(", ");
    throw new Error(`subnets overlap: ${list}. Make the VPC larger, the subnets smaller, or use fewer zones`);
  }
  if (!exact) return;
  let next = range.first;
  for (const { name, cidrBlock, block } of blocks) {
    if (block.first !== next)
      throw new Error(`there is a gap before ${name} (${cidrBlock}): strategy Exact needs it as a spec of type Unused`);
    next = lastOf(block) + 1;
  }
  if (next !== lastOf(range) + 1)
    throw new Error(`there is a gap at the end of the VPC: strategy Exact needs it as a spec of type Unused`);
}

/** The subnets of a VPC, zone by zone, and the layout as awsx reports it. Throws what awsx refuses. */
export function planSubnets(
  vpc: string,
  cidrBlock: string,
  zones: readonly string[],
  strategy: Strategy,
  given: readonly SubnetSpec[] | undefined,
  zoneMask?: number,
): { subnets: SubnetPlan[]; layout: ResolvedSpec[] } {
  const range = parse(cidrBlock);
  const specs = given && normalize(given, zones.length);
  const explicit = strategy !== "Legacy" && specs?.some(({ cidrBlocks }) => cidrBlocks !== undefined) === true;
  const byBlocks = (): SubnetPlan[] =>
    zones.flatMap((zone, at) =>
      (specs ?? []).map((spec) => ({
        type: spec.type,
        zone,
        name: nameOf(vpc, spec, at),
        cidrBlock: spec.cidrBlocks?.[at] ?? "",
        tags: spec.tags,
      })),
    );
  const subnets = explicit
    ? byBlocks()
    : strategy === "Legacy" || (strategy === "Exact" && specs === undefined)
      ? legacy(vpc, range, zones, specs)
      : auto(vpc, range, zones, specs, zoneMask);
  validate(subnets, range, strategy === "Exact");
  const own = strategy !== "Legacy" ? specs : undefined;
  const layout =
    own?.map(({ type, name, cidrMask, size, cidrBlocks }) => ({ type, name, cidrMask, size, cidrBlocks })) ??
    layoutOf(subnets, zones.length);
  return { subnets, layout };
}
