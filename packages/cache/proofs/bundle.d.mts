/**
 * Builds a proof from the sources, which Node 20 cannot run as they are; what came of it is gone when this process ends.
 *
 * @param entries file names, relative to this directory
 * @returns the directory that each is in, by its own name with `.mjs`
 */
export function bundle(entries: readonly string[]): Promise<URL>;
