import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

const CHROMIUM = '/usr/bin/chromium';
const LIMIT_MS = 30_000;

export function hasChromium(): boolean {
  return existsSync(CHROMIUM);
}

/**
 * Opens a page that runs the built `page.mjs`, in Chromium, and gives what the page sends to `/result`.
 *
 * @param programs where it is
 * @param state what the page finds behind the `#` of its address
 */
export async function runInPage(programs: URL, state: string): Promise<unknown> {
  let resolve = (_result: unknown): void => {};
  let reject = (_error: Error): void => {};
  const result = new Promise<unknown>((...settle) => {
    [resolve, reject] = settle;
  });
  const server = createServer((request, response) => {
    const { url = '/' } = request;
    if (url.endsWith('.mjs')) {
      response
        .setHeader('content-type', 'text/javascript')
        .end(readFileSync(new URL(basename(url), programs)));
    } else if (url === '/result') {
      let text = '';
      request.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      request.on('end', () => {
        response.end();
        resolve(JSON.parse(text));
      });
    } else {
      response.setHeader('content-type', 'text/html');
      response.end(
        '<!doctype html><title>sensors</title><p>0</p><script type="module" src="/page.mjs"></script>',
      );
    }
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  const profile = mkdtempSync(join(tmpdir(), 'evenkeel-chromium-'));
  const browser = spawn(
    CHROMIUM,
    [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      `--user-data-dir=${profile}`,
      '--remote-debugging-port=0',
      `http://127.0.0.1:${port}/#${state}`,
    ],
    // A group of its own, so that none of its processes is left behind.
    { stdio: 'ignore', detached: true },
  );
  const ended = new Promise<void>((end) => browser.once('exit', () => end()));
  browser.once('error', reject);
  browser.once('exit', () => reject(new Error('Chromium has ended before the page was done')));
  const timer = setTimeout(() => reject(new Error(`no result within ${LIMIT_MS} ms`)), LIMIT_MS);
  try {
    return await result;
  } finally {
    clearTimeout(timer);
    end(browser, 'SIGTERM');
    await ended;
    end(browser, 'SIGKILL');
    server.close();
    server.closeAllConnections();
    await rm(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  }
}

function end({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // All of them have ended.
  }
}
