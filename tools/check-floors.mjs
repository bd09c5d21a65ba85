import { findFloorFaults } from './floors.mjs';

const faults = findFloorFaults(new URL('..', import.meta.url).pathname);
for (const fault of faults) console.error(fault);
console.log(faults.length === 0 ? 'floors: every import goes down' : `floors: ${faults.length} faults`);
process.exitCode = faults.length === 0 ? 0 : 1;
