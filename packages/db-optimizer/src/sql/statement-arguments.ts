import { option, readValue } from '@evenkeel/core';

/** Values of any kind: which ones will do is for the driver and the server to say. */
export const VALUES = option.listOf(new option.Field<unknown>('a value', (value) => value));

const SQL = option.string();

/**
 * Checks what a statement was asked for with. Every query passes here: where all is in order, nothing is allocated.
 *
 * @param owner whose arguments they are: begins the message
 * @throws ConfigurationError
 */
export function checkStatement(owner: string, sql: unknown, params?: unknown): void {
  if (typeof sql !== 'string') readValue(owner, 'sql', sql, SQL);
  if (params !== undefined && !Array.isArray(params)) readValue(owner, 'params', params, VALUES);
}
