import { EvenkeelError } from '@evenkeel/core';

/** Arguments that no key can be made of: it could not tell them from others. */
export class UnkeyableError extends EvenkeelError {
  override readonly name = 'UnkeyableError';
  /** `args[0].filter`. */
  readonly path: string;

  constructor(path: string, problem: string) {
    super(`no key can be made of the arguments: ${path} ${problem}`, { code: 'UNKEYABLE' });
    this.path = path;
  }
}
