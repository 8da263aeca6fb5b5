import { expect } from "chai";
import fc from "fast-check";
import { planSubnets, type Strategy, type SubnetSpec } from "../../../local-cloud/provider/awsx/subnets";

const ZONES = ["us-east-1a", "us-east-1b", "us-east-1c"];
const plan = (strategy: Strategy, specs?: SubnetSpec[], zones = ZONES, cidr = "10.0.0.0/16", mask?: number): string[] =>
  planSubnets("v", cidr, zones, strategy, specs, mask).subnets.map(({ name, cidrBlock }) => `${name} ${cidrBlock}`);

describe("the subnets of an awsx VPC", () => {
  it("are half private and a quarter public by default, in three zones of a quarter each", () => {
    const expected = [
      "v-private-1 10.0.0.0/19",
      "v-private-2 10.0.64.0/19",
      "v-private-3 10.0.128.0/19",
      "v-public-1 10.0.32.0/20",
      "v-public-2 10.0.96.0/20",
      "v-public-3 10.0.160.0/20",
    ];
    expect(plan("Legacy")).to.deep.equal(expected);
    expect([...plan("Auto")].sort()).to.deep.equal([...expected].sort());
  });

  it("are private, then public, then isolated with the Legacy strategy, no larger than its masks", () => {
    const specs: SubnetSpec[] = [{ type: "Isolated" }, { type: "Public" }, { type: "Private" }];
    expect(plan("Legacy", specs, ZONES.slice(0, 2))).to.deep.equal([
      "v-private-1 10.0.0.0/19",
      "v-public-1 10.0.32.0/20",
      "v-isolated-1 10.0.48.0/24",
      "v-private-2 10.0.128.0/19",
      "v-public-2 10.0.160.0/20",
      "v-isolated-2 10.0.176.0/24",
    ]);
    expect(plan("Legacy", [{ type: "Isolated" }], ["a"], "10.0.0.0/24")).to.deep.equal(["v-isolated-1 10.0.0.0/24"]);
  });

  it("keep their order with the Auto strategy, with gaps where a larger one follows", () => {
    const specs: SubnetSpec[] = [
      { type: "Public", cidrMask: 24, name: "web" },
      { type: "Isolated", size: 4096 },
      { type: "Private", cidrMask: 22 },
    ];
    expect(plan("Auto", specs, ["a", "b"])).to.deep.equal([
      "v-web-1 10.0.0.0/24",
      "v-isolated-1 10.0.16.0/20",
      "v-private-1 10.0.32.0/22",
      "v-web-2 10.0.128.0/24",
      "v-isolated-2 10.0.144.0/20",
      "v-private-2 10.0.160.0/22",
    ]);
    expect(plan("Auto", [{ type: "Isolated" }, { type: "Isolated", name: "db" }], ["a"])).to.deep.equal([
      "v-isolated-1 10.0.0.0/17",
      "v-db-1 10.0.128.0/17",
    ]);
    expect(plan("Auto", [{ type: "Public" }], ["a"], "10.0.0.0/16", 19)).to.deep.equal(["v-public-1 10.0.0.0/19"]);
  });

  it("are where they are told to be", () => {
    const specs: SubnetSpec[] = [{ type: "Isolated", cidrBlocks: ["10.0.0.0/24", "10.0.1.0/24"] }];
    expect(plan("Auto", specs, ["a", "b"])).to.deep.equal(["v-isolated-1 10.0.0.0/24", "v-isolated-2 10.0.1.0/24"]);
  });

  it("report their layout, gaps as Unused", () => {
    const { layout } = planSubnets("v", "10.0.0.0/16", ["a"], "Legacy", [
      { type: "Private", cidrMask: 24 },
      { type: "Public", cidrMask: 20 },
    ]);
    expect(layout.map(({ type, cidrMask }) => `${type} ${cidrMask}`)).to.deep.equal([
      "Private 24",
      "Unused 24",
      "Unused 23",
      "Unused 22",
      "Unused 21",
      "Public 20",
    ]);
    const auto = planSubnets("v", "10.0.0.0/16", ["a"], "Auto", [{ type: "Public", size: 256, name: "web" }]);
    expect(auto.layout).to.deep.equal([
      { type: "Public", name: "web", cidrMask: 24, size: 256, cidrBlocks: undefined },
    ]);
  });

  for (const [what, specs, reason] of [
    ["sizes that are no power of 2", [{ type: "Public", size: 300 }], /power of 2/],
    ["a size that is not the mask's", [{ type: "Public", size: 256, cidrMask: 20 }], /not that of a \/20/],
    [
      "ranges for some specs only",
      [{ type: "Public", cidrBlocks: ["10.0.0.0/24"] }, { type: "Private" }],
      /one range a zone/,
    ],
    [
      "a mask that is not its ranges'",
      [{ type: "Public", cidrMask: 20, cidrBlocks: ["10.0.0.0/24"] }],
      /that of all its cidrBlocks/,
    ],
    [
      "ranges that overlap",
      [
        { type: "Public", cidrBlocks: ["10.0.0.0/24"] },
        { type: "Private", cidrBlocks: ["10.0.0.128/25"] },
      ],
      /overlap/,
    ],
    [
      "subnets larger than the zone",
      [
        { type: "Public", cidrMask: 16 },
        { type: "Private", cidrMask: 16 },
      ],
      /too large/,
    ],
    ["none", [], /No subnets/],
  ] as [string, SubnetSpec[], RegExp][]) {
    it(`refuse ${what}`, () => expect(() => plan("Auto", specs, ["a"])).to.throw(reason));
  }

  it("leave no gap with the Exact strategy", () => {
    const halves: SubnetSpec[] = [
      { type: "Public", cidrMask: 17 },
      { type: "Unused", cidrMask: 17 },
    ];
    expect(plan("Exact", halves, ["a"])).to.have.length(2);
    expect(() => plan("Exact", halves.slice(0, 1), ["a"])).to.throw(/gap at the end/);
    expect(() =>
      plan(
        "Exact",
        [
          { type: "Public", cidrMask: 18 },
          { type: "Private", cidrMask: 17 },
        ],
        ["a"],
      ),
    ).to.throw(/gap before v-private-1/);
    expect(() => plan("Auto", undefined, ["a"], "10.0.0.0/27")).to.throw(/too small for the default/);
    expect(() => plan("Auto", undefined, ["a"], "ten")).to.throw(/no IPv4 range/);
  });

  it("never overlap, and lie inside the VPC", () => {
    const spec = fc.record({
      type: fc.constantFrom("Public" as const, "Private" as const, "Isolated" as const),
      cidrMask: fc.integer({ min: 21, max: 28 }),
    });
    const bounds = (cidr: string): [number, number] => {
      const [address = "", mask] = cidr.split("/");
      const first = address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
      return [first, first + 2 ** (32 - Number(mask))];
    };
    fc.assert(
      fc.property(fc.array(spec, { minLength: 1, maxLength: 6 }), fc.integer({ min: 1, max: 4 }), (specs, count) => {
        const named = specs.map((one, i) => ({ ...one, name: `s${i}` }));
        const zones = Array.from({ length: count }, (_, i) => `z${i}`);
        const blocks = plan("Auto", named, zones).map((line) => bounds(line.split(" ")[1] ?? ""));
        blocks.sort(([a], [b]) => a - b);
        blocks.forEach(([first], i) => i > 0 && expect(first).to.be.at.least(blocks[i - 1]?.[1] ?? 0));
        expect(blocks.at(-1)?.[1]).to.be.at.most(bounds("10.0.0.0/16")[1]);
      }),
    );
  });
});
