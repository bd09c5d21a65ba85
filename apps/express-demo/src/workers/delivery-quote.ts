import { z } from 'zod';
import { findRoute, type Road, type RoadCost } from './delivery-network.ts';

/** What is to be delivered, and where; as the query of a URL. */
export const quoteRequest = z.object({
  name: z.string().min(1).max(200),
  priceCents: z.coerce.number().int().positive(),
  postcode: z.string().regex(/^\d{5}$/, { error: 'must be five digits' }),
});

export type QuoteRequest = z.output<typeof quoteRequest>;

/** A way to have it delivered. */
export interface DeliveryOption {
  readonly service: 'economy' | 'standard' | 'express';
  readonly priceCents: number;
  readonly days: number;
  readonly km: number;
  readonly warehouse: string;
}

/* Hours that a parcel is on its way each day: collected with others, by lorry, and by car with two drivers. */
const HOURS_A_DAY = { economy: 4, standard: 8, express: 16 } as const;
const PRICE_FACTOR = { economy: 1, standard: 1.25, express: 2.5 } as const;
const BASE_CENTS = 290;
const DEPOT_CENTS = 4;
const DEPOT_HOURS = 0.1;
const KM_PER_HOUR = 45;
const MOTORWAY_KM_PER_HOUR = 90;

/* What a thing of the catalogue takes, in litres, and what a litre of it weighs, in kg; by a word of its name. */
const LITRES = new Map(
  Object.entries({ lamp: 12, chair: 90, table: 260, desk: 220, shelf: 140, mirror: 30, clock: 4, vase: 8 }),
);
const KG_PER_LITRE = new Map(
  Object.entries({ oak: 0.2, steel: 0.5, glass: 0.4, linen: 0.05, clay: 0.45, cork: 0.06, brass: 0.6 }),
);
const USUAL_LITRES = 20;
const USUAL_KG_PER_LITRE = 0.2;

/** Delivery options of a product, the cheapest first: by the cheapest way, the fastest, and one between. */
export function quoteDelivery({ name, priceCents, postcode }: QuoteRequest): DeliveryOption[] {
  const { kg, litres } = parcelOf(name);
  // What takes much room costs as much to move as what is heavy.
  const load = Math.max(kg, litres / 6);
  const cents = ({ km, isMotorway }: Road): number =>
    km * (0.4 + 0.02 * load + (isMotorway ? 0.06 + 0.003 * load : 0));
  const option = (service: DeliveryOption['service'], costOf: RoadCost): DeliveryOption => {
    const { warehouse, roads } = findRoute(postcode, costOf);
    const way = BASE_CENTS + DEPOT_CENTS * roads.length + sum(roads, cents);
    const onTheWay = sum(roads, hours) + DEPOT_HOURS * roads.length;
    return {
      service,
      // The insurance is two percent of the value.
      priceCents: Math.round(PRICE_FACTOR[service] * way + 0.02 * priceCents),
      days: 1 + Math.ceil(onTheWay / HOURS_A_DAY[service]),
      km: sum(roads, ({ km }) => km),
      warehouse,
    };
  };
  const options = [
    option('economy', cents),
    option('standard', (road) => cents(road) + 20 * hours(road)),
    option('express', hours),
  ];
  return options.sort((a, b) => a.priceCents - b.priceCents);
}

function hours({ km, isMotorway }: Road): number {
  return km / (isMotorway ? MOTORWAY_KM_PER_HOUR : KM_PER_HOUR);
}

function sum(roads: readonly Road[], value: (road: Road) => number): number {
  return roads.reduce((total, road) => total + value(road), 0);
}

function parcelOf(name: string): { kg: number; litres: number } {
  const words = name.toLowerCase().split(/\W+/);
  const known = (values: ReadonlyMap<string, number>): number | undefined =>
    words.map((word) => values.get(word)).find((value) => value !== undefined);
  const litres = known(LITRES) ?? USUAL_LITRES;
  return { litres, kg: litres * (known(KG_PER_LITRE) ?? USUAL_KG_PER_LITRE) };
}
