/** A form of the response. */
export type HealthFormat = 'health+json' | 'json' | 'text' | 'microprofile';

/** All forms, by the names that `?format=` accepts. */
export const HEALTH_FORMATS: readonly HealthFormat[] = ['health+json', 'json', 'text', 'microprofile'];

/* Where several are equally welcome, the first wins: browsers show JSON and download health+json. */
const OFFERS: readonly { readonly format: HealthFormat; readonly type: string }[] = [
  { format: 'json', type: 'application/json' },
  { format: 'health+json', type: 'application/health+json' },
  { format: 'text', type: 'text/plain' },
];

/* A prober sends a few dozen characters; beyond this it is no Accept header worth reading. */
const MAX_ACCEPT_LENGTH = 2000;

/**
 * The form that an Accept header likes best (RFC 9110 §12.5.1): by quality, then by the order of the offers.
 * JSON where nothing fits: a prober is better served by a type it did not ask for than by 406.
 */
export function negotiate(accept: string | undefined): HealthFormat {
  if (accept === undefined || accept.length > MAX_ACCEPT_LENGTH) return 'json';
  const ranges = accept.split(',').map(readRange);
  let best: { readonly format: HealthFormat; readonly quality: number } = { format: 'json', quality: 0 };
  for (const { format, type } of OFFERS) {
    const quality = qualityOf(type, ranges);
    if (quality > best.quality) best = { format, quality };
  }
  return best.format;
}

interface MediaRange {
  readonly type: string;
  readonly quality: number;
}

function readRange(text: string): MediaRange {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const given = parameters.find((parameter) => parameter.startsWith('q='));
  const quality = given === undefined ? 1 : Number(given.slice(2));
  return { type, quality: quality >= 0 && quality <= 1 ? quality : 0 };
}

/** The most specific range that covers the type decides. */
function qualityOf(type: string, ranges: readonly MediaRange[]): number {
  const family = `${type.slice(0, type.indexOf('/'))}/*`;
  for (const wanted of [type, family, '*/*']) {
    const range = ranges.find((each) => each.type === wanted);
    if (range) return range.quality;
  }
  return 0;
}
