/* Shorter parts of a URL are words such as `api`, and hiding them would make errors unreadable. */
const MIN_PART_LENGTH = 4;

const HIDDEN = '[hidden]';

/** Texts that must not be told, and how they are taken out of texts of foreign origin. */
export class Secrets {
  readonly #pattern: RegExp | undefined;

  constructor(texts: Iterable<string>) {
    const spellings = [...new Set([...texts].flatMap(spellingsOf))]
      .filter((text) => text !== '')
      // A secret that holds another one goes as a whole.
      .sort((a, b) => b.length - a.length);
    this.#pattern =
      spellings.length === 0 ? undefined : new RegExp(spellings.map(escapeRegExp).join('|'), 'gi');
  }

  /** The text without any of the secrets, however a receiver has spelt them. */
  hide(text: string): string {
    return this.#pattern === undefined ? text : text.replaceAll(this.#pattern, HIDDEN);
  }
}

/** What of a URL may be a secret: user, password, and everything after the host. */
export function secretsOfUrl(url: URL): readonly string[] {
  const parts = [...url.pathname.split('/'), ...url.searchParams.values()];
  const path = `${url.pathname}${url.search}`;
  return [
    decoded(url.username),
    decoded(url.password),
    ...[path, ...parts.map(decoded)].filter((part) => part.length >= MIN_PART_LENGTH),
  ];
}

/** What of a header may be a secret: its value, and of `Bearer token` each word. */
export function secretsOfHeaders(headers: Readonly<Record<string, string>>): readonly string[] {
  return Object.values(headers).flatMap((value) => [
    value,
    ...value.split(/\s+/).filter((word) => word.length >= MIN_PART_LENGTH),
  ]);
}

/** A part of a URL without its percent signs, but for those that encode nothing. */
export function decoded(part: string): string {
  return part.replaceAll(/(?:%[0-9a-f]{2})+/gi, (encoded) => {
    try {
      return decodeURIComponent(encoded);
    } catch {
      return encoded;
    }
  });
}

/** As it is, in a URL, in JSON and in Base64. */
function spellingsOf(text: string): readonly string[] {
  const base64 = Buffer.from(text).toString('base64');
  const json = JSON.stringify(text).slice(1, -1);
  return [
    text,
    encodeURIComponent(text.replaceAll(/\p{Surrogate}/gu, '')),
    json,
    json.replaceAll('/', '\\/'),
    base64,
  ];
}

function escapeRegExp(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
}
