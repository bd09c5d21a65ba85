/**
 * Makes scripts of this folder ready to run, from the sources; they are removed when this process exits.
 *
 * @param names of the scripts, without `.ts`
 * @returns the folder they are in, with `.js`
 */
export function bundle(...names: string[]): Promise<string>;
