import { describe, expect, it } from 'vitest';
import { endsConnection, type FailureKind, failureKind } from '../../src/execution/failure.ts';

const coded = (code: string, more: object = {}): Error =>
  Object.assign(new Error('said by the server'), { code }, more);

describe('failureKind', () => {
  it.each<[FailureKind, unknown]>([
    ['conflict', coded('40001')],
    ['conflict', coded('40P01')],
    ['other', coded('40002')],
    ['lost', coded('40003')],
    ['unavailable', coded('57P03')],
    ['unavailable', coded('53300')],
    ['unavailable', coded('ECONNREFUSED')],
    ['unavailable', coded('ENOTFOUND')],
    ['lost', coded('57P01', { severity: 'FATAL' })],
    ['lost', coded('57P02')],
    ['lost', coded('08006')],
    ['lost', coded('ECONNRESET')],
    ['lost', new Error('Connection terminated unexpectedly')],
    ['lost', new Error('Connection terminated')],
    ['unavailable', new Error('Connection terminated due to connection timeout')],
    ['not-sent', new Error('Client has encountered a connection error and is not queryable')],
    ['not-sent', new Error('Client was closed and is not queryable')],
    ['overload', new Error('timeout exceeded when trying to connect')],
    ['unanswered', new Error('Query read timeout')],
    ['stale-plan', coded('0A000', { routine: 'RevalidateCachedQuery' })],
    ['other', coded('0A000', { routine: 'transformStmt' })],
    ['stale-plan', coded('26000')],
    ['lost', coded('08P01', { severity: 'FATAL' })],
    ['other', coded('08P01', { severity: 'ERROR' })],
    ['read-only-server', coded('25006')],
    ['other', coded('25P02')],
    ['other', coded('25P03', { severity: 'FATAL' })],
    ['other', coded('57014')],
    ['other', coded('55P03')],
    ['other', coded('23505')],
    ['other', coded('28P01')],
    ['other', coded('3D000')],
    ['other', coded('42601')],
    ['other', coded('22012')],
    ['other', coded('toString')],
    ['other', new Error('something else')],
    ['other', undefined],
    ['other', null],
    ['other', 'a string'],
    ['other', Object.create(null)],
  ])('is %s for %o', (kind, error) => {
    expect(failureKind(error, 'statement')).toBe(kind);
  });

  it.each([
    coded('57P01'),
    coded('ECONNRESET'),
    new Error('Connection terminated unexpectedly'),
    new Error('Client has encountered a connection error and is not queryable'),
  ])('is unavailable for %o while a connection is made: nothing was sent', (error) => {
    expect(failureKind(error, 'connect')).toBe('unavailable');
  });
});

describe('endsConnection', () => {
  it('keeps a connection after an error that the server answered with, and no other', () => {
    const ends = (error: unknown): boolean => endsConnection(error, failureKind(error, 'statement'));
    expect(ends(coded('23505', { severity: 'ERROR' }))).toBe(false);
    expect(ends(coded('40001', { severity: 'ERROR' }))).toBe(false);
    expect(ends(coded('25P03', { severity: 'FATAL' }))).toBe(true);
    expect(ends(coded('57P01', { severity: 'FATAL' }))).toBe(true);
    expect(ends(coded('0A000', { routine: 'RevalidateCachedQuery' }))).toBe(true);
    expect(ends(new TypeError('in the driver'))).toBe(true);
  });
});
