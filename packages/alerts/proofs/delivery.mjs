// Alerts under random faults of channels and store, restarts and kills, by seed; every change is accounted for:
//   node packages/alerts/proofs/delivery.mjs [--changes 300000] [--seeds 6] [--embedded 1200] [--rounds 20] [--gate]
// In virtual time with the store in memory and with PGlite, and with real processes over PostgreSQL that are killed by
// SIGKILL. Exit code 1 with --gate when anything is lost, counted wrong, or never told.
import { bundle } from './bundle.mjs';

await import(new URL('main.mjs', await bundle(['delivery/main.ts', 'delivery/victim.ts'])));
