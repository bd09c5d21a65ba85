import { bundleProof } from '../../../tools/bundle-proof.mjs';

/** Builds a proof from the sources and gives the directory of what came of it. */
export const bundle = (entries) => bundleProof(import.meta.url, entries, ['pg', '@electric-sql/pglite']);
