import type { RecordData } from '../log-record.ts';
import type { DataCopier } from './copy-data.ts';
import { EventColumns } from './event-columns.ts';
import { type EventFields, type FieldKind, isFieldName } from './field-kind.ts';
import { MAX_FIELDS, type Ring } from './ring.ts';
import { FREE_EVENT, type Shape } from './shapes.ts';
import type { SharedTime } from './shared-time.ts';
import { readName, textWeight } from './text.ts';

/* Types are few, as long as nobody makes them of ids. */
const MAX_LAYOUTS = 1000;

const KINDS: Readonly<Record<string, FieldKind>> = { string: 'text', number: 'number', boolean: 'boolean' };

/**
 * Records events with free-form data. The events of one type mostly have the same fields: where they are those of the
 * first, plain numbers, short texts and truth values in the same order, they go into columns as those of a defined event,
 * which takes no copy. All others are copied.
 */
export class FreeEvents {
  readonly #ring: Ring<Shape>;
  readonly #time: SharedTime;
  readonly #copier: DataCopier;
  readonly #shapeId: number;
  /* By type; undefined for those that don't fit into columns. */
  readonly #layouts = new Map<string, EventColumns | undefined>();

  constructor(ring: Ring<Shape>, time: SharedTime, copier: DataCopier) {
    this.#ring = ring;
    this.#time = time;
    this.#copier = copier;
    this.#shapeId = ring.register(FREE_EVENT);
  }

  record(type: string, data: unknown): void {
    const layout = this.#layouts.get(type);
    if (layout === undefined || !isPlainObject(data) || !layout.recordInOrder(data))
      this.#recordCopy(type, data);
  }

  #recordCopy(given: string, data: unknown): void {
    const type = readName(given);
    // First: it may call what records something itself.
    const copy = this.#copier.copy(data);
    const { weight } = this.#copier;
    const ring = this.#ring;
    ring.references[ring.reference & ring.referenceMask] = type;
    ring.references[(ring.reference + 1) & ring.referenceMask] = copy;
    ring.commit(this.#shapeId, this.#time.now(), 0, 2, weight + textWeight(type));
    if (!this.#layouts.has(type) && this.#layouts.size < MAX_LAYOUTS) {
      const fields = fieldsOf(copy);
      this.#layouts.set(type, fields && new EventColumns(type, fields, ring, this.#time));
    }
  }
}

/** Neither with `toJSON`, as classes may have it, nor a proxy that refuses to tell. */
function isPlainObject(data: unknown): data is object {
  try {
    return Object.getPrototypeOf(data) === Object.prototype;
  } catch {
    return false;
  }
}

/** `undefined` where the data does not fit into columns. */
function fieldsOf(data: RecordData): EventFields | undefined {
  const names = Object.keys(data);
  if (names.length === 0 || names.length > MAX_FIELDS) return undefined;
  const fields: Record<string, FieldKind> = {};
  for (const name of names) {
    const kind = KINDS[typeof data[name]];
    if (kind === undefined || !isFieldName(name)) return undefined;
    fields[name] = kind;
  }
  return fields;
}
