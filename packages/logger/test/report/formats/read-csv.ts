import { AREAS } from '../../../src/log-record.ts';
import type { PerformanceReport } from '../../../src/report/report.ts';

/** A line of the table, as texts. */
export interface CsvRow {
  readonly section: string;
  readonly area: string;
  readonly name: string;
  readonly index: string;
  readonly field: string;
  readonly value: string;
  readonly unit: string;
  readonly time: string;
}

/** Cells by RFC 4180, or with another separator, as programs of some languages read the same file. */
export function csvCells(text: string, separator = ','): string[][] {
  const lines: string[][] = [[]];
  let cell = '';
  let isQuoted = false;
  const endCell = (): void => {
    lines.at(-1)?.push(cell);
    cell = '';
  };
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (isQuoted && character === '"' && text[at + 1] === '"') {
      cell += '"';
      at++;
    } else if (character === '"' && (isQuoted || cell === '')) isQuoted = !isQuoted;
    else if (isQuoted) cell += character;
    else if (character === separator) endCell();
    else if (character === '\r' && text[at + 1] === '\n') {
      endCell();
      lines.push([]);
      at++;
    } else cell += character;
  }
  if (cell !== '') endCell();
  return lines.filter((line) => line.length > 0);
}

/** A text as it was before its formulas were made harmless. */
function plain(cell: string): string {
  return cell.replace(/(^|[;\t\n])([\s"]*)'(?=[=+\-@'＝＋－＠])/g, '$1$2');
}

export function csvRows(text: string): CsvRow[] {
  const [, ...lines] = csvCells(text);
  return lines.map(
    ([section = '', area = '', name = '', index = '', field = '', value = '', unit = '', time = '']) => ({
      section,
      area,
      name: plain(name),
      index,
      field,
      value,
      unit: plain(unit),
      time,
    }),
  );
}

/** Builds the report from its rows: what is documented of the format, and nothing else, is used. */
export function readCsv(text: string): PerformanceReport {
  const rows = csvRows(text);
  const of = (section: string, like: Partial<CsvRow> = {}): Subject[] => subjects(rows, section, like);
  const one = (section: string, like: Partial<CsvRow> = {}): Subject | undefined => of(section, like)[0];
  const range = (section: string) => {
    const subject = one(section);
    return subject && { from: subject.time('from'), to: subject.time('to'), label: subject.text('label') };
  };
  const comparison = (section: string, like: Partial<CsvRow>) => {
    const subject = one(section, like);
    return subject?.comparison();
  };
  const namedValues = (section: string) =>
    of(section).map((each) => ({
      name: each.name,
      value: each.number('value'),
      unit: each.unit('value'),
      verdict: each.text('verdict'),
    }));
  const report = one('report');
  const summary = one('summary', { index: '' });
  const resourceUsage = namedValues('resourceUsage');
  const read = {
    version: report?.number('version'),
    title: report?.text('title'),
    timeRange: range('timeRange'),
    ...optional('previousRange', range('previousRange')),
    instances: of('instance').map((each) => each.text('name')),
    summary: {
      verdict: summary?.text('verdict'),
      headline: summary?.text('headline'),
      sentences: of('summary')
        .filter(({ index }) => index !== '')
        .map((each) => each.text('sentence')),
      keyFigures: namedValues('keyFigure'),
    },
    detailed: Object.fromEntries(
      AREAS.flatMap((area) => {
        const chapter = one('area', { area });
        if (!chapter) return [];
        const metrics = of('metric', { area }).map((metric) => {
          const like = { area, index: metric.index };
          const points = rows.filter((row) => row.section === 'point' && matches(row, like));
          return {
            name: metric.name,
            unit: metric.unit('mean'),
            description: metric.text('description'),
            ...metric.optionalText('better'),
            ...metric.numbers('count', 'mean', 'min', 'max', 'p50', 'p95', 'p99'),
            verdict: metric.text('verdict'),
            ...metric.optionalText('reason'),
            ...metric.numbers('target'),
            ...optional('previous', comparison('metricPrevious', like)),
            ...optional('baseline', comparison('metricBaseline', like)),
            points: [...new Set(points.map(({ time }) => time))].map((time) => ({
              time: timeOf(time),
              ...new Subject(points.filter((row) => row.time === time)).numbers('mean', 'min', 'max'),
            })),
          };
        });
        const texts = {
          title: chapter.text('title'),
          verdict: chapter.text('verdict'),
          summary: chapter.text('summary'),
        };
        return [[area, { area, ...texts, metrics }]];
      }),
    ),
    recommendations: of('recommendation').map((each) => ({
      id: each.name,
      priority: each.text('priority'),
      ...(each.area === '' ? {} : { area: each.area }),
      message: each.text('message'),
      evidence: each.texts('evidence'),
    })),
    trends: of('trend').map((each) => ({
      metric: each.name,
      area: each.area,
      unit: each.unit('slopePerHour'),
      direction: each.text('direction'),
      judgement: each.text('judgement'),
      slopePerHour: each.number('slopePerHour'),
      interval: each.interval('interval'),
      confidence: each.number('confidence'),
      message: each.text('message'),
    })),
    anomalies: of('anomaly').map((each) => ({
      metric: each.name,
      area: each.area,
      unit: each.unit('value'),
      severity: each.text('severity'),
      from: each.time('from'),
      to: each.time('to'),
      value: each.number('value'),
      expected: each.interval('expected'),
      message: each.text('message'),
    })),
    benchmarks: of('benchmark').map((each) => ({
      id: each.name,
      runs: each.number('runs'),
      meanMs: each.number('mean'),
      medianMs: each.number('median'),
      minMs: each.number('min'),
      maxMs: each.number('max'),
      p95Ms: each.number('p95'),
      ...optional('standardDeviationMs', each.optionalNumber('standardDeviation')),
      ...optional('interval', each.interval('interval')),
      measurements: of('measurement', { name: each.name }).map((measurement) => ({
        label: measurement.text('label'),
        runs: measurement.number('runs'),
        medianDeltaMs: measurement.number('medianDelta'),
      })),
      ...optional('previous', comparison('benchmarkPrevious', { index: each.index })),
    })),
    events: of('event').map((each) => ({
      type: each.name,
      ...each.numbers('count', 'previousCount'),
      samples: rows
        .filter((row) => row.section === 'eventSample' && row.index === each.index)
        .map((row) => ({ time: timeOf(row.time), data: plain(row.value) })),
    })),
    ...(resourceUsage.length > 0 ? { resourceUsage } : {}),
    notes: of('note').map((each) => each.text('text')),
  };
  // What is read are texts and numbers; the tests compare them with a report.
  return read as unknown as PerformanceReport;
}

/** The rows of one thing. */
class Subject {
  readonly #rows: readonly CsvRow[];

  constructor(rows: readonly CsvRow[]) {
    this.#rows = rows;
  }

  get name(): string {
    return this.#rows[0]?.name ?? '';
  }

  get area(): string {
    return this.#rows[0]?.area ?? '';
  }

  get index(): string {
    return this.#rows[0]?.index ?? '';
  }

  texts(field: string): string[] {
    return this.#rows.filter((row) => row.field === field).map(({ value }) => plain(value));
  }

  text(field: string): string {
    return plain(this.#row(field).value);
  }

  optionalText(field: string): Record<string, string> {
    return this.#has(field) ? { [field]: this.text(field) } : {};
  }

  number(field: string): number {
    return Number(this.#row(field).value);
  }

  optionalNumber(field: string): number | undefined {
    return this.#has(field) ? this.number(field) : undefined;
  }

  numbers(...fields: readonly string[]): Record<string, number> {
    return Object.fromEntries(
      fields.filter((field) => this.#has(field)).map((field) => [field, this.number(field)]),
    );
  }

  time(field: string): number {
    return timeOf(this.#row(field).value);
  }

  unit(field: string): string {
    return this.#row(field).unit;
  }

  interval(field: string): number[] | undefined {
    return this.#has(`${field}Low`) ? [this.number(`${field}Low`), this.number(`${field}High`)] : undefined;
  }

  comparison() {
    return {
      mean: this.number('mean'),
      ...this.numbers('change'),
      ...optional('interval', this.interval('interval')),
      judgement: this.text('judgement'),
      message: this.text('message'),
    };
  }

  #has(field: string): boolean {
    return this.#rows.some((row) => row.field === field);
  }

  #row(field: string): CsvRow {
    const row = this.#rows.find((each) => each.field === field);
    if (!row) throw new Error(`no ${field} among ${JSON.stringify(this.#rows.slice(0, 3))}`);
    return row;
  }
}

/** Rows of a section that agree with `like`, parted by area and index. */
function subjects(rows: readonly CsvRow[], section: string, like: Partial<CsvRow>): Subject[] {
  const parts = new Map<string, CsvRow[]>();
  for (const row of rows) {
    if (row.section !== section || !matches(row, like)) continue;
    const key = `${row.area} ${row.name} ${row.index}`;
    parts.set(key, [...(parts.get(key) ?? []), row]);
  }
  return [...parts.values()].map((part) => new Subject(part));
}

function matches(row: CsvRow, like: Partial<CsvRow>): boolean {
  return Object.entries(like).every(([column, text]) => row[column as keyof CsvRow] === text);
}

function timeOf(text: string): number {
  return text.includes('T') ? Date.parse(text) : Number(text);
}

function optional<T>(name: string, value: T | undefined): Record<string, T> {
  return value === undefined ? {} : { [name]: value };
}
