import { type Clock, EvenkeelError, errorMessage, type Queryable } from '@evenkeel/core';
import type { Catalogue } from '../catalogue/catalogue.ts';
import { type Capabilities, readCapabilities } from '../session/capabilities.ts';
import { inspect } from '../session/inspect.ts';
import { HypoPg } from './hypopg.ts';
import { RolledBackIndexes } from './rolled-back-index.ts';
import type { WhatIf } from './what-if.ts';

/** Makes a way to ask what-if questions that needs more than the database itself. */
export type WhatIfFactory = (
  database: Queryable,
  catalogue: Catalogue,
  options: { readonly signal?: AbortSignal | undefined; readonly clock?: Clock },
) => Promise<WhatIf & { readonly missing?: readonly string[] }>;

export interface ChooseWhatIfOptions {
  /** What to use where HypoPG is not there: `statisticsTwin()`. @defaultValue nothing */
  readonly twin?: WhatIfFactory | undefined;
  /** @defaultValue none */
  readonly signal?: AbortSignal | undefined;
  /** @defaultValue the system's */
  readonly clock?: Clock;
}

export interface ChosenWhatIf {
  readonly whatIf: WhatIf;
  /** What would have been better and was not to be had, in plain words. */
  readonly missing: readonly string[];
}

/**
 * The best way to ask what-if questions of a database: HypoPG where it is installed and may be used; else the
 * statistics twin, where one is given; else, on an embedded database alone, real indexes that are rolled back.
 *
 * @throws EvenkeelError with code `NO_WHAT_IF` where there is none, naming what each would take
 */
export async function chooseWhatIf(
  database: Queryable,
  catalogue: Catalogue,
  { twin, signal, clock }: ChooseWhatIfOptions = {},
): Promise<ChosenWhatIf> {
  const options = { signal, ...(clock && { clock }) };
  const capabilities = await inspect(database, readCapabilities, options);
  if (capabilities.canUseHypoPg) {
    const { partial, missing } = limitsOf(capabilities);
    return { whatIf: await HypoPg.open(database, catalogue, { ...options, partial }), missing };
  }
  const missing = hypoPgMissing(capabilities);
  if (twin) {
    try {
      const whatIf = await twin(database, catalogue, options);
      return { whatIf, missing: [...missing, ...(whatIf.missing ?? [])] };
    } catch (error) {
      signal?.throwIfAborted();
      missing.push(`the statistics twin could not be built: ${errorMessage(error)}`);
    }
  } else {
    missing.push('no statistics twin was given: statisticsTwin() of @evenkeel/db-optimizer/twin');
  }
  if (capabilities.isEmbedded)
    return { whatIf: new RolledBackIndexes(database, catalogue, options), missing };
  throw new EvenkeelError(`nothing can tell what an index would do here: ${missing.join('; ')}`, {
    code: 'NO_WHAT_IF',
  });
}

/**
 * What a release of HypoPG is not to be trusted with: 1.3 tells the planner of a predicate or an expression only for
 * the first table of a query, and from 1.4 on a predicate may crash the server (HypoPG issue 116).
 */
function limitsOf({ extensions }: Capabilities): { partial: boolean; missing: string[] } {
  const [major = 0, minor = 0] = (extensions.get('hypopg') ?? '').split('.').map(Number);
  const isOld = major < 1 || (major === 1 && minor < 4);
  return {
    partial: isOld,
    missing: [
      isOld
        ? 'HypoPG before 1.4 finds partial and expression indexes on the first table of a query alone'
        : 'partial indexes were left out: HypoPG from 1.4 on may crash the server over one',
    ],
  };
}

function hypoPgMissing({ missing, isEmbedded }: Capabilities): string[] {
  // There is no HypoPG for it, and so nothing to be done.
  return isEmbedded ? [] : missing.filter((each) => each.startsWith('HypoPG'));
}
