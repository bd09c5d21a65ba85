/** What a field of a defined event holds. */
export type FieldKind = 'text' | 'number' | 'integer' | 'boolean';

/** The fields of an event, in their order. */
export type EventFields = Readonly<Record<string, FieldKind>>;

/** What is recorded for a field; `undefined` where it is not known. */
type FieldValue<Kind extends FieldKind> = Kind extends 'text'
  ? string
  : Kind extends 'boolean'
    ? boolean
    : number;

/** What an event with these fields is recorded with. */
export type EventValues<Fields extends EventFields> = {
  readonly [Name in keyof Fields]: FieldValue<Fields[Name]> | undefined;
};

/* The same as numbers, which compare faster than texts. */
export const TEXT = 0;
const NUMBER = 1;
export const INTEGER = 2;
export const BOOLEAN = 3;

const CODES: Readonly<Record<FieldKind, number>> = {
  text: TEXT,
  number: NUMBER,
  integer: INTEGER,
  boolean: BOOLEAN,
};

export function kindCode(kind: FieldKind): number {
  return CODES[kind];
}

/** Whether objects keep a field of that name at its place: numbers come first, and one name is no field. */
export function isFieldName(name: string): boolean {
  return name !== '__proto__' && !/^\d+$/.test(name);
}
