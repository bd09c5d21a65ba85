/**
 * The program of the twin's thread, as text: a thread started from text needs no file of its own, which neither
 * bundlers nor TypeScript sources would leave in its place. It is given the paths of PGlite and its extensions, and
 * does what it is told, one thing after another.
 */
export const TWIN_WORKER = `
'use strict';
const { parentPort, workerData } = require('node:worker_threads');

async function start() {
  const { PGlite } = require(workerData.pglite);
  const extensions = {};
  for (const { name, path } of workerData.extensions) extensions[name] = Object.values(require(path))[0];
  const db = await PGlite.create({ ...workerData.options, extensions });
  let last = Promise.resolve();
  parentPort.on('message', (job) => { last = last.then(() => run(db, job)); });
  parentPort.postMessage({ id: 0, rows: [] });
}

async function run(db, { id, method, text, params }) {
  try {
    if (method === 'parse') {
      await db.describeQuery(text);
      parentPort.postMessage({ id, rows: [] });
    } else if (method === 'exec') {
      const results = await db.exec(text);
      parentPort.postMessage({ id, rows: results.length === 0 ? [] : results[results.length - 1].rows });
    } else {
      parentPort.postMessage({ id, rows: (await db.query(text, params)).rows });
    }
  } catch (error) {
    parentPort.postMessage({ id, error: { message: String(error && error.message), code: error && error.code } });
  }
}

start().catch((error) => {
  parentPort.postMessage({ id: 0, error: { message: String(error && error.message), code: error && error.code } });
});
`;
