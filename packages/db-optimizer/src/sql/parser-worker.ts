/**
 * The program of the parser's thread, as text: a thread started from text needs no file of its own, which neither
 * bundlers nor TypeScript sources would leave in its place. It is given the path of libpg-query. A text that fails
 * with anything but an error of PostgreSQL may have left the parser's memory in disorder: the answer says so.
 */
export const PARSER_WORKER = `
'use strict';
const { parentPort, workerData } = require('node:worker_threads');
const pgQuery = require(workerData.path);

function read(text) {
  const { stmts = [] } = pgQuery.parseSync(text);
  if (stmts.length !== 1) return { kind: 'count', count: stmts.length };
  const fingerprint = pgQuery.fingerprintSync(text);
  // Some of its errors come as results.
  if (!/^[0-9a-f]{16}$/.test(fingerprint)) throw new Error(fingerprint);
  // A string crosses over to the other thread ten times as fast as the objects do, and takes no stack there.
  const tree = JSON.stringify(stmts[0].stmt);
  return { kind: 'parsed', tree, fingerprint, normalized: pgQuery.normalizeSync(text) };
}

parentPort.on('message', (text) => {
  try {
    parentPort.postMessage(read(text));
  } catch (error) {
    const position = error && error.sqlDetails && error.sqlDetails.cursorPosition;
    const isSyntax = Boolean(error && error.sqlDetails);
    parentPort.postMessage({ kind: isSyntax ? 'syntax' : 'broken', message: String(error && error.message), position });
  }
});
pgQuery.loadModule().then(
  () => parentPort.postMessage({ kind: 'ready' }),
  (error) => { throw error; },
);
`;
