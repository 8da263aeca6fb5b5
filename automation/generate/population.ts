import { base, en, Faker } from "@faker-js/faker";
import type { Random } from "./random";

export interface Shopper {
  userId: string;
  anonymousId: string;
  attributes: { email: string; name: string; signup_date: string; country: string; tier: string };
  device: { type: string; os: string; browser: string };
  geo: { country: string; region: string; city: string };
  /** Minutes east of UTC that the shopper's clock is set to. */
  utcOffsetMinutes: number;
}

export interface CatalogProduct {
  id: string;
  category: string;
  brand: string;
  price: number;
}

export interface Population {
  shoppers: readonly Shopper[];
  products: readonly CatalogProduct[];
}

// Median prices in USD: electronics are dear enough that some orders pass the $1,000 alert of the seed.
const CATEGORIES: readonly { name: string; medianPrice: number }[] = [
  { name: "electronics.smartphone", medianPrice: 420 },
  { name: "electronics.audio.headphone", medianPrice: 90 },
  { name: "computers.notebook", medianPrice: 850 },
  { name: "appliances.kitchen.refrigerators", medianPrice: 620 },
  { name: "furniture.living_room.sofa", medianPrice: 540 },
  { name: "apparel.shoes", medianPrice: 65 },
  { name: "sport.bicycle", medianPrice: 380 },
  { name: "kids.toys", medianPrice: 25 },
];

const DEVICES = [
  { type: "desktop", os: "Windows", browser: "Edge" },
  { type: "desktop", os: "macOS", browser: "Safari" },
  { type: "mobile", os: "iOS", browser: "Safari" },
  { type: "mobile", os: "Android", browser: "Chrome" },
  { type: "tablet", os: "iPadOS", browser: "Safari" },
] as const;

const OFFSETS: Readonly<Record<string, number>> = { US: -300, DE: 60, GB: 0, IN: 330, JP: 540, BR: -180 };

/** Shoppers and products that the sessions draw from; sizes follow the number of events. */
export function makePopulation(random: Random, events: number, seed: number, end: Date): Population {
  const faker = new Faker({ locale: [en, base], seed });
  const shopperCount = Math.max(20, Math.min(20_000, Math.ceil(events / 40)));
  const productCount = Math.max(40, Math.min(5_000, Math.ceil(events / 100)));
  const shoppers = Array.from({ length: shopperCount }, (_, index): Shopper => {
    const country = random.pick(Object.keys(OFFSETS));
    const name = faker.person.fullName();
    return {
      userId: `u-${String(index + 1).padStart(6, "0")}`,
      anonymousId: random.uuid(),
      attributes: {
        email: `${faker.internet.username().toLowerCase()}${String(index)}@example.com`,
        name,
        signup_date: faker.date.past({ years: 4, refDate: end }).toISOString().slice(0, 10),
        country,
        tier: random.pick(["bronze", "bronze", "bronze", "silver", "silver", "gold"]),
      },
      device: { ...random.pick(DEVICES) },
      geo: { country, region: faker.location.state(), city: faker.location.city() },
      utcOffsetMinutes: OFFSETS[country] ?? 0,
    };
  });
  const brands = Array.from({ length: 25 }, () => faker.company.name().toLowerCase());
  const products = Array.from({ length: productCount }, (_, index): CatalogProduct => {
    const category = random.pick(CATEGORIES);
    return {
      id: `p-${String(index + 1).padStart(5, "0")}`,
      category: category.name,
      brand: random.pick(brands),
      price: Math.max(1, Math.round(random.logNormal(category.medianPrice, 0.45) * 100) / 100),
    };
  });
  return { shoppers, products };
}
