import { expect } from "chai";
import fc from "fast-check";
import {
  cleanText,
  decide,
  lowestAlertAmount,
  parseAmount,
  parseEvent,
  parseLine,
  PURCHASE_NEEDLES,
  type Purchase,
} from "../../../handlers/purchase";

const EVENT = {
  event_id: "11111111-1111-4111-8111-111111111111",
  event_type: "purchase",
  event_timestamp: "2026-11-01T10:00:00+01:00",
  user_id: "u-1",
  product: { id: "p-1", category: "phones", brand: "Äpple 📱", price: 500, quantity: 2 },
  order: { id: "o-1", amount: 1000, currency: "usd" },
  geo: { country: "AT" },
};
const PURCHASE: Purchase = {
  orderId: "o-1",
  amount: 1000,
  currency: "USD",
  userId: "u-1",
  eventId: "11111111-1111-4111-8111-111111111111",
  occurredAt: "2026-11-01T10:00:00+01:00",
  product: { id: "p-1", category: "phones", brand: "Äpple 📱", quantity: 2 },
  country: "AT",
};

describe("parseEvent", () => {
  it("takes what an alert needs", () => {
    expect(parseEvent(EVENT)).to.deep.equal({ kind: "purchase", purchase: PURCHASE });
  });

  it("takes a purchase that has nothing but an order", () => {
    expect(parseEvent({ event_type: "purchase", order: { id: 7, amount: "12.50" } })).to.deep.equal({
      kind: "purchase",
      purchase: { orderId: "7", amount: 12.5, currency: "?", userId: "unknown" },
    });
  });

  it("hides a user id that is an e-mail address, and falls back to the anonymous id", () => {
    const who = (fields: object): string => {
      const parsed = parseEvent({ ...EVENT, ...fields });
      return parsed.kind === "purchase" ? parsed.purchase.userId : "no purchase";
    };
    expect(who({ user_id: "jane@example.org" })).to.equal("hidden (the id is an e-mail address)");
    expect(who({ user_id: null, anonymous_id: "a-9" })).to.equal("a-9");
  });

  it("keeps no timestamp that is no date", () => {
    const parsed = parseEvent({ ...EVENT, event_timestamp: "soon" });
    expect(parsed).to.have.nested.property("purchase.orderId", "o-1");
    expect(parsed).to.not.have.nested.property("purchase.occurredAt");
  });

  const bad: [string, unknown, string][] = [
    ["null", null, "not a JSON object"],
    ["a list", [EVENT], "not a JSON object"],
    ["no order", { ...EVENT, order: null }, "purchase without an order"],
    ["no order id", { ...EVENT, order: { amount: 5000 } }, "order without an id"],
    ["a blank order id", { ...EVENT, order: { id: "  ", amount: 5000 } }, "order without an id"],
    ["a huge order id", { ...EVENT, order: { id: "é".repeat(257), amount: 1 } }, "order id longer than 512 bytes"],
    ["amount NaN", { ...EVENT, order: { id: "o", amount: "NaN" } }, "order amount is not a number of at least 0"],
    ["a negative amount", { ...EVENT, order: { id: "o", amount: -5 } }, "order amount is not a number of at least 0"],
  ];
  for (const [name, value, reason] of bad) {
    it(`refuses ${name}`, () => expect(parseEvent(value)).to.deep.equal({ kind: "invalid", reason }));
  }

  it("passes over other events", () => {
    expect(parseEvent({ ...EVENT, event_type: "page_view" })).to.deep.equal({ kind: "other" });
  });
});

describe("parseLine", () => {
  it("never throws, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(parseLine(Buffer.from(bytes)).kind).to.be.oneOf(["invalid", "other", "purchase"]);
      }),
    );
  });

  it("never throws, whatever the JSON", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (order, product) => {
        const line = JSON.stringify({ ...EVENT, order, product });
        expect(parseLine(Buffer.from(line)).kind).to.be.oneOf(["invalid", "purchase"]);
      }),
    );
  });

  it("finds the purchase in a line with invalid UTF-8, a byte order mark or a carriage return", () => {
    const json = JSON.stringify(EVENT);
    const spoiled = Buffer.from(json.replace("phones", "pho@nes"), "utf8");
    spoiled[spoiled.indexOf("@")] = 0xff;
    for (const line of [spoiled, Buffer.from(`\uFEFF${json}`), Buffer.from(`${json}\r`)]) {
      expect(parseLine(line)).to.have.nested.property("purchase.orderId", "o-1");
    }
  });

  it("every spelling of the event type that JSON allows contains a needle", () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }), (escaped) => {
        const type = [..."purchase"]
          .map((letter, index) => {
            const code = letter.charCodeAt(0).toString(16).padStart(4, "0");
            return (escaped[index] ?? false) ? `\\u${code}` : letter;
          })
          .join("");
        const line = JSON.stringify(EVENT).replace('"purchase"', `"${type}"`);
        expect(parseLine(Buffer.from(line)).kind).to.equal("purchase");
        expect(PURCHASE_NEEDLES.some((needle) => line.includes(needle))).to.equal(true);
      }),
    );
  });
});

describe("parseAmount", () => {
  const cases: [unknown, number | undefined][] = [
    [0, 0],
    [1000.01, 1000.01],
    ["1000.50", 1000.5],
    [" 7 ", 7],
    ["1e3", undefined],
    ["1,000", undefined],
    ["", undefined],
    [Number.NaN, undefined],
    [Infinity, undefined],
    [true, undefined],
    [null, undefined],
    [[1000], undefined],
  ];
  for (const [value, amount] of cases) {
    it(`${JSON.stringify(value)} is ${amount}`, () => expect(parseAmount(value)).to.equal(amount));
  }
});

describe("cleanText", () => {
  it("keeps 200 characters, whole emoji and no control characters", () => {
    expect(cleanText(` a\u0000b\nc\u202Ed `)).to.equal("a b c d");
    expect(cleanText("📱".repeat(300))).to.equal("📱".repeat(200));
    expect(cleanText("\n")).to.equal(undefined);
    expect(cleanText({})).to.equal(undefined);
  });
});

describe("decide", () => {
  const rule = { thresholdUsd: 1000, currencies: { USD: 1, EUR: 1.1, JPY: 0.0066 } };
  const cases: [number, string, boolean, number, boolean][] = [
    [1000, "USD", true, 1000, true],
    [999.99, "USD", false, 999.99, true],
    [999.999, "USD", false, 1000, true],
    [909.1, "EUR", true, 1000.01, true],
    [909.09, "EUR", false, 1000, true],
    [100_000, "JPY", false, 660, true],
    [1000, "XYZ", true, 1000, false],
    [5000, "?", true, 5000, false],
    [5000, "toString", true, 5000, false],
  ];
  for (const [amount, currency, alert, amountUsd, currencyKnown] of cases) {
    it(`${amount} ${currency}: ${alert ? "alert" : "no alert"}`, () => {
      expect(decide({ ...PURCHASE, amount, currency }, rule)).to.deep.equal({ alert, amountUsd, currencyKnown });
    });
  }

  it("the bus rule's lowest amount lets every alert through", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 1e6, noNaN: true }),
        fc.dictionary(fc.constantFrom("USD", "EUR", "KWD"), fc.double({ min: 0.001, max: 10, noNaN: true })),
        fc.double({ min: 0, max: 1e7, noNaN: true }),
        fc.constantFrom("USD", "EUR", "KWD", "XYZ"),
        (thresholdUsd, currencies, amount, currency) => {
          const generated = { thresholdUsd, currencies: { ...currencies } };
          if (!decide({ ...PURCHASE, amount, currency }, generated).alert) return;
          expect(amount).to.be.at.least(lowestAlertAmount(generated) - 1e-6);
        },
      ),
      { numRuns: 1_000 },
    );
    expect(lowestAlertAmount({ thresholdUsd: 1000, currencies: { USD: 1 } })).to.equal(1000);
    expect(lowestAlertAmount(rule)).to.equal(909.09);
  });
});
