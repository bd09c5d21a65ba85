import { readFile } from 'node:fs/promises';
import type { SqlParser } from '../sql/sql-parser.ts';
import type { WorkloadQuery } from './workload.ts';

/**
 * Reads a workload from SQL files, each of one statement or several, each statement run once.
 *
 * @throws SqlError where a file is no SQL
 */
export async function readWorkloadFiles(
  files: readonly string[],
  parser: SqlParser,
): Promise<WorkloadQuery[]> {
  const workload: WorkloadQuery[] = [];
  for (const file of files) {
    for (const text of await parser.split(await readFile(file, 'utf8'))) workload.push({ text });
  }
  return workload;
}
