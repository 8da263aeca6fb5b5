import { expect } from "chai";
import fc from "fast-check";
import { figure, lineThrough, median, percentile, spreadOf, spreadText } from "../../../bench/support/statistics";

describe("statistics of benchmarks", () => {
  it("takes the middle value, or the mean of the two in the middle", () => {
    expect(median([9, 1, 5])).to.equal(5);
    expect(median([4, 1, 2, 3])).to.equal(2.5);
    expect(() => median([])).to.throw(RangeError);
  });

  it("interpolates percentiles as R and NumPy do", () => {
    const values = [15, 20, 35, 40, 50];
    expect(percentile(values, 40)).to.be.closeTo(29, 1e-9);
    expect(percentile(values, 0)).to.equal(15);
    expect(percentile(values, 100)).to.equal(50);
    expect(() => percentile(values, 101)).to.throw("101");
  });

  it("gives percentiles between the ends, in order, whatever the order of the values", () => {
    const values = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1 });
    const percent = fc.integer({ min: 0, max: 100 });
    fc.assert(
      fc.property(values, percent, percent, (given, one, other) => {
        const [low, high] = [percentile(given, Math.min(one, other)), percentile(given, Math.max(one, other))];
        expect(low)
          .to.be.at.least(Math.min(...given))
          .and.at.most(high + 1e-9);
        expect(percentile([...given].reverse(), one)).to.equal(percentile(given, one));
      }),
    );
  });

  it("finds the line that points lie on", () => {
    const { slope, intercept } = lineThrough([0.1, 1, 5].map((x) => ({ x, y: 3 + 42 * x })));
    expect([slope, intercept].map((value) => value.toFixed(6))).to.deep.equal(["42.000000", "3.000000"]);
    expect(() => lineThrough([{ x: 1, y: 1 }])).to.throw(RangeError);
  });

  it("shows as many digits as were measured", () => {
    expect([0, 0.01234, 4.567, 45.67, 456.7, -4.567].map(figure)).to.deep.equal([
      "0",
      "0.012",
      "4.57",
      "45.7",
      "457",
      "-4.57",
    ]);
    expect(spreadText(spreadOf([5, 4, 6]))).to.equal("5.00 (4.00–6.00)");
  });
});
