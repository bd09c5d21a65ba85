import type { Compressor } from '../values/compression.ts';
import type { Serializer } from '../values/serializer.ts';

/** Turns values into the bytes that a second tier keeps, and back. */
export class PayloadCodec {
  readonly #serializer: Serializer;
  readonly #compressor: Compressor;

  constructor(serializer: Serializer, compressor: Compressor) {
    this.#serializer = serializer;
    this.#compressor = compressor;
  }

  /** @throws UnstorableValueError */
  async encode(key: string, value: unknown): Promise<Uint8Array> {
    return this.#compressor.compress(key, this.#serializer.serialize(value));
  }

  /** @throws CorruptValueError, CodecUnavailableError */
  async decode(payload: Uint8Array): Promise<unknown> {
    return this.#serializer.deserialize(await this.#compressor.decompress(payload));
  }
}
