import { CorruptValueError } from './value-errors.ts';

/* Arguments of one call of `String.fromCharCode`: the stack bounds them. */
const CHUNK = 8192;

export function toBase64(bytes: Uint8Array): string {
  if (globalThis.Buffer !== undefined) {
    return globalThis.Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
  }
  let binary = '';
  for (let at = 0; at < bytes.length; at += CHUNK) {
    binary += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  }
  return btoa(binary);
}

/** Bytes in a buffer of their own. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  let binary: string;
  try {
    binary = atob(text);
  } catch (error) {
    throw new CorruptValueError('bytes are not in base 64', error);
  }
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
