import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';

/* More than a socket gives at once, so that the source is not stopped after each piece. */
const HELD_BYTES = 131_072;

/**
 * A request's body as one try sends it. Whatever becomes of the try, the client's connection is left alone: it is
 * still to get an answer. Nothing is read of it before the try has a connection.
 */
export class RequestBody extends Readable {
  readonly #source: IncomingMessage;
  /** Called when some of it has come. */
  onProgress: () => void = () => {};
  #isAttached = false;

  constructor(source: IncomingMessage) {
    super({ highWaterMark: HELD_BYTES });
    this.#source = source;
  }

  override _read(): void {
    if (!this.#isAttached) {
      this.#isAttached = true;
      this.#source.on('data', this.#take).on('end', this.#end).on('close', this.#cut);
      if (this.#source.destroyed) this.#cut();
    }
    this.#source.resume();
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    if (this.#isAttached) {
      this.#source.off('data', this.#take).off('end', this.#end).off('close', this.#cut);
      this.#source.pause();
    }
    callback(error);
  }

  readonly #take = (chunk: Buffer): void => {
    this.onProgress();
    if (!this.push(chunk)) this.#source.pause();
  };

  readonly #end = (): void => {
    this.push(null);
  };

  readonly #cut = (): void => {
    if (!this.#source.readableEnded) this.destroy(new Error('the client has left'));
  };
}

/** Reads all of a body. Its length is known, and was found small enough. */
export async function readBody(source: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of source) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
