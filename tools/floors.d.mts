/** Every import that breaks the floors, one line each. */
export function findFloorFaults(root: string): string[];
