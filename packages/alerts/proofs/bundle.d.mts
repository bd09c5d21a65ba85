/** Builds a proof from the sources and gives the directory of what came of it. */
export function bundle(entries: readonly string[]): Promise<URL>;
