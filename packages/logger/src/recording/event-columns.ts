import { BOOLEAN, type EventFields, INTEGER, kindCode, TEXT } from './field-kind.ts';
import type { Ring } from './ring.ts';
import { eventShape, type Shape } from './shapes.ts';
import type { SharedTime } from './shared-time.ts';
import { cutText, MAX_TEXT_LENGTH, textWeight } from './text.ts';

/** Puts the fields of an event right into the ring's columns. */
export class EventColumns {
  readonly #ring: Ring<Shape>;
  readonly #time: SharedTime;
  readonly #shapeId: number;
  readonly #names: readonly string[];
  readonly #kinds: Uint8Array;

  constructor(type: string, fields: EventFields, ring: Ring<Shape>, time: SharedTime) {
    this.#ring = ring;
    this.#time = time;
    this.#names = Object.keys(fields);
    this.#kinds = Uint8Array.from(Object.values(fields), kindCode);
    this.#shapeId = ring.register(eventShape(type, fields));
  }

  /**
   * Reads the fields as the object has them, which the engine does several times faster than by name. Where they are not
   * the defined ones, in their order, each with a value that it holds, nothing is recorded and it gives `false`.
   */
  recordInOrder(values: object): boolean {
    const ring = this.#ring;
    const { numbers, references, numberMask, referenceMask, next } = ring;
    const names = this.#names;
    const kinds = this.#kinds;
    const firstNumber = ring.number;
    const firstReference = ring.reference;
    let number = firstNumber;
    let reference = firstReference;
    let weight = 0;
    let field = 0;
    try {
      for (const name in values) {
        if (name !== names[field]) return false;
        const value = (values as Readonly<Record<string, unknown>>)[name];
        // A getter has recorded something: these cells are no longer ours.
        if (ring.next !== next) return false;
        const kind = kinds[field];
        field += 1;
        if (kind === TEXT) {
          if (typeof value !== 'string' || value.length > MAX_TEXT_LENGTH) return false;
          weight += textWeight(value);
          references[reference & referenceMask] = value;
          reference += 1;
        } else if (kind === BOOLEAN) {
          if (typeof value !== 'boolean') return false;
          numbers[number & numberMask] = value ? 1 : 0;
          number += 1;
        } else {
          if (typeof value !== 'number' || (kind === INTEGER && !Number.isInteger(value))) return false;
          numbers[number & numberMask] = value;
          number += 1;
        }
      }
    } catch {
      // A getter that throws.
      return false;
    }
    // A proxy may do so behind the last field.
    if (field !== names.length || ring.next !== next) return false;
    ring.commit(this.#shapeId, this.#time.now(), number - firstNumber, reference - firstReference, weight);
    return true;
  }

  /** Takes from whatever it is given the fields that hold their values; the others are not known. */
  recordByName(values: unknown): void {
    const given = this.#names.map((name) => readField(values, name));
    const ring = this.#ring;
    let { number, reference } = ring;
    let weight = 0;
    for (const [field, kind] of this.#kinds.entries()) {
      const value = given[field];
      if (kind === TEXT) {
        const text = typeof value === 'string' ? cutText(value, MAX_TEXT_LENGTH) : null;
        weight += textWeight(text ?? '');
        ring.references[reference & ring.referenceMask] = text;
        reference += 1;
      } else {
        ring.numbers[number & ring.numberMask] = numberCell(kind, value);
        number += 1;
      }
    }
    ring.commit(this.#shapeId, this.#time.now(), number - ring.number, reference - ring.reference, weight);
  }
}

/** NaN, which reads as `null`, for what the field does not hold. */
function numberCell(kind: number, value: unknown): number {
  if (kind === BOOLEAN) return value === true ? 1 : value === false ? 0 : Number.NaN;
  if (typeof value !== 'number') return Number.NaN;
  return kind === INTEGER && !Number.isInteger(value) ? Number.NaN : value;
}

function readField(values: unknown, name: string): unknown {
  try {
    return Object.hasOwn(values as object, name) ? (values as Record<string, unknown>)[name] : undefined;
  } catch {
    return undefined;
  }
}
