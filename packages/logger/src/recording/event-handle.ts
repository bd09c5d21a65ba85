import { EventColumns } from './event-columns.ts';
import type { EventFields, EventValues } from './field-kind.ts';
import type { Ring } from './ring.ts';
import type { Shape } from './shapes.ts';
import type { SharedTime } from './shared-time.ts';

/** Records one kind of event. Keep it where the event happens: it is the fastest way to record. */
export interface EventHandle<Fields extends EventFields> {
  readonly type: string;
  /**
   * Records the event now. Fastest with the fields in the order of their definition. Whatever is given, it does not
   * throw: a value that its field does not hold reads as `null`, a text is cut at 1024 units, what is no field is
   * left out.
   */
  record(values: EventValues<Fields>): void;
}

/** The handle of a recorder's defined event. */
export class RingEvent<Fields extends EventFields> implements EventHandle<Fields> {
  readonly type: string;
  readonly fields: Fields;
  readonly #columns: EventColumns;

  constructor(type: string, fields: Fields, ring: Ring<Shape>, time: SharedTime) {
    this.type = type;
    this.fields = fields;
    this.#columns = new EventColumns(type, fields, ring, time);
  }

  record(values: EventValues<Fields>): void {
    if (!this.#columns.recordInOrder(values)) this.#columns.recordByName(values);
  }
}
