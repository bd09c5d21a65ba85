export interface ParsedFamily {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly samples: ParsedSample[];
}

interface ParsedSample {
  readonly name: string;
  readonly labels: Record<string, string>;
  readonly value: number;
}

const SUFFIXES: Record<string, RegExp> = {
  counter: /^$/,
  gauge: /^$/,
  histogram: /^_(bucket|sum|count)$/,
  summary: /^(_sum|_count)?$/,
};

/**
 * Reads the text format 0.0.4, and throws for whatever its specification forbids: written from that for the
 * tests, and from nothing in `src`.
 */
export function parseText(text: string): ParsedFamily[] {
  if (!text.endsWith('\n')) throw new Error('the last line must end in a line feed');
  const families = new Map<string, ParsedFamily>();
  let current: ParsedFamily | undefined;
  let help: [string, string] | undefined;
  for (const line of text.slice(0, -1).split('\n')) {
    const [, word, about = '', rest = ''] = /^# (HELP|TYPE) ([a-zA-Z_:][\w:]*) (.*)$/s.exec(line) ?? [];
    if (word === 'HELP') {
      if (families.has(about)) throw new Error(`a second group of ${about}`);
      help = [about, unescaped(rest, 'n\\')];
    } else if (word === 'TYPE') {
      if (help?.[0] !== about || !(rest in SUFFIXES)) throw new Error(`misplaced: ${line}`);
      current = { name: about, help: help[1], type: rest, samples: [] };
      families.set(about, current);
    } else {
      if (!current) throw new Error(`a sample before its type: ${line}`);
      current.samples.push(parseSample(line, current));
    }
  }
  for (const family of families.values()) checkBuckets(family);
  return [...families.values()];
}

function parseSample(line: string, family: ParsedFamily): ParsedSample {
  const match = /^([a-zA-Z_:][\w:]*)(?:\{((?:[a-zA-Z_]\w*="(?:[^"\\]|\\[\\"n])*",?)*)\})? (\S+)$/s.exec(line);
  const [, name = '', labelText = '', number = ''] = match ?? [];
  if (
    !match ||
    !SUFFIXES[family.type]?.test(name.slice(family.name.length)) ||
    !name.startsWith(family.name)
  ) {
    throw new Error(`no sample of ${family.name}: ${line}`);
  }
  const labels: Record<string, string> = Object.create(null);
  for (const [, label = '', value = ''] of labelText.matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\[\\"n])*)"/gs)) {
    if (label in labels) throw new Error(`label ${label} twice: ${line}`);
    labels[label] = unescaped(value, 'n\\"');
  }
  return { name, labels: { ...labels }, value: parseNumber(number) };
}

/** Each histogram's buckets ascend in bound and count, end with `+Inf`, and that is the count. */
function checkBuckets({ name, type, samples }: ParsedFamily): void {
  if (type !== 'histogram') return;
  let last = { le: -Infinity, count: 0 };
  for (const sample of samples) {
    if (sample.name === `${name}_bucket`) {
      const next = { le: parseNumber(sample.labels.le ?? ''), count: sample.value };
      if (next.le <= last.le || next.count < last.count) throw new Error(`${name}: buckets out of order`);
      last = next;
    } else if (sample.name === `${name}_sum`) {
      if (last.le !== Infinity) throw new Error(`${name}: no +Inf bucket`);
    } else {
      if (sample.value !== last.count) throw new Error(`${name}: the count is not that of +Inf`);
      last = { le: -Infinity, count: 0 };
    }
  }
}

function parseNumber(text: string): number {
  const named: Record<string, number> = { '+Inf': Infinity, '-Inf': -Infinity, NaN: Number.NaN };
  if (text in named) return named[text] ?? 0;
  if (!/^-?\d+(\.\d+)?(e[+-]?\d+)?$/.test(text)) throw new Error(`no number: ${text}`);
  return Number(text);
}

function unescaped(text: string, allowed: string): string {
  return text.replace(/\\(.?)/gs, (_, escaped: string) => {
    if (escaped === '' || !allowed.includes(escaped)) throw new Error(`bad escape in ${text}`);
    return escaped === 'n' ? '\n' : escaped;
  });
}
