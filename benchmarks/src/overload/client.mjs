import { once } from 'node:events';
import { connect } from 'node:net';

/* A client that has lost patience after this closes its connection. */
const PATIENCE_MS = 1000;

const WARM_SOCKETS = 400;
/** Of the requests. */
export const ESSENTIAL_SHARE = 0.2;
const REQUEST = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n';
const ESSENTIAL_REQUEST = 'GET / HTTP/1.1\r\nHost: localhost\r\nX-Class: essential\r\n\r\n';

/**
 * Sends requests to a port as they arrive, whether or not the ones before were answered: over 400 connections
 * that are kept, and as many more as there are requests unanswered.
 */
export class Client {
  #port;
  #isFresh;
  #idle = [];
  #outcomes = [];

  /** @param isFresh whether each request has a connection of its own */
  constructor(port, isFresh) {
    this.#port = port;
    this.#isFresh = isFresh;
  }

  async warm() {
    if (this.#isFresh) return;
    const sockets = Array.from({ length: WARM_SOCKETS }, () => this.#open());
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    this.#idle.push(...sockets);
  }

  /** Arrivals by chance at a mean rate for a time; fulfils when the last is answered or given up. */
  async openLoop(perSecond, ms, random) {
    this.#outcomes = [];
    const startMs = performance.now();
    let dueMs = startMs - (Math.log(1 - random()) * 1000) / perSecond;
    while (dueMs < startMs + ms) {
      const waitMs = dueMs - performance.now();
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
      while (dueMs <= performance.now() && dueMs < startMs + ms) {
        this.#send(dueMs, startMs, random() < ESSENTIAL_SHARE);
        dueMs -= (Math.log(1 - random()) * 1000) / perSecond;
      }
    }
    const sent = this.#outcomes;
    await Promise.all(sent.map(({ ended }) => ended));
    return sent;
  }

  /** Answers per second with so many requests always under way. */
  async closedLoop(concurrency, ms) {
    this.#outcomes = [];
    const startMs = performance.now();
    const endMs = startMs + ms;
    let answered = 0;
    await Promise.all(
      Array.from({ length: concurrency }, async () => {
        while (performance.now() < endMs) {
          const { ended } = this.#send(performance.now(), startMs, false);
          const { status } = await ended;
          if (status === 200) answered += 1;
        }
      }),
    );
    return (1000 * answered) / (performance.now() - startMs);
  }

  close() {
    for (const socket of this.#idle) socket.destroy();
    this.#idle = [];
  }

  #open() {
    const socket = connect({ port: this.#port, host: '127.0.0.1', noDelay: true });
    socket.on('error', () => {});
    return socket;
  }

  /** The latency counts from when the request was due, not from when this process came to send it. */
  #send(dueMs, startMs, essential) {
    const outcome = { atMs: dueMs - startMs, essential, status: 0, latencyMs: Infinity, ended: undefined };
    const socket = this.#idle.pop() ?? this.#open();
    outcome.ended = new Promise((resolve) => {
      let text = '';
      const finish = () => {
        clearTimeout(timer);
        socket.removeAllListeners('data');
        socket.removeAllListeners('close');
        resolve(outcome);
      };
      const timer = setTimeout(
        () => {
          finish();
          socket.destroy();
          if (!this.#isFresh) this.#idle.unshift(this.#open());
        },
        PATIENCE_MS - (performance.now() - dueMs),
      );
      socket.on('data', (chunk) => {
        text += chunk.latin1Slice();
        if (!isWhole(text)) return;
        outcome.status = Number(text.slice(9, 12));
        outcome.latencyMs = performance.now() - dueMs;
        finish();
        if (this.#isFresh || /^connection: close/im.test(text)) socket.destroy();
        else this.#idle.push(socket);
      });
      socket.on('close', finish);
      socket.write(essential ? ESSENTIAL_REQUEST : REQUEST);
    });
    this.#outcomes.push(outcome);
    return outcome;
  }
}

function isWhole(text) {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return false;
  const length = /^content-length: (\d+)/im.exec(text.slice(0, end));
  if (length) return text.length >= end + 4 + Number(length[1]);
  return /^transfer-encoding: chunked/im.test(text.slice(0, end)) ? text.endsWith('0\r\n\r\n') : true;
}
