import { createSocket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';

/** What is answered to a question: records, an error, or nothing at all. */
export type DnsAnswer =
  | { readonly addresses: readonly string[]; readonly ttl?: number }
  | { readonly services: readonly SrvAnswer[] }
  | 'SERVFAIL'
  | 'NXDOMAIN'
  | 'silence';

interface SrvAnswer {
  readonly target: string;
  readonly port: number;
  readonly priority?: number;
  readonly weight?: number;
}

const TYPES: Readonly<Record<number, string>> = { 1: 'A', 28: 'AAAA', 33: 'SRV' };
const CODES = { SERVFAIL: 2, NXDOMAIN: 3 };

/** A name server on the loopback, and a resolver that asks it. `zone` is by `'A api.test'` and may be changed. */
export async function dnsServer(
  zone: Map<string, DnsAnswer>,
): Promise<{ resolver: Resolver; questions: string[] }> {
  const questions: string[] = [];
  const socket = createSocket('udp4');
  socket.on('message', (message, { port, address }) => {
    const { name, type, end } = readQuestion(message);
    const question = `${TYPES[type] ?? type} ${name}`;
    questions.push(question);
    const answer = zone.get(question) ?? 'NXDOMAIN';
    if (answer !== 'silence') socket.send(respond(message, end, type, answer), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  onTestFinished(() => {
    socket.close();
  });
  const resolver = new Resolver({ timeout: 100, tries: 1 });
  resolver.setServers([`127.0.0.1:${socket.address().port}`]);
  return { resolver, questions };
}

function readQuestion(message: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = message.readUInt8(at); length > 0; length = message.readUInt8(at)) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), type: message.readUInt16BE(at + 1), end: at + 5 };
}

function respond(query: Buffer, end: number, type: number, answer: Exclude<DnsAnswer, 'silence'>): Buffer {
  const records =
    typeof answer === 'string'
      ? []
      : 'services' in answer
        ? answer.services.map(srv)
        : answer.addresses.map(packed);
  const header = Buffer.alloc(12);
  query.copy(header, 0, 0, 2);
  header.writeUInt16BE(0x8180 | (typeof answer === 'string' ? CODES[answer] : 0), 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(records.length, 6);
  const ttl = typeof answer === 'object' && 'ttl' in answer ? (answer.ttl ?? 60) : 60;
  const answers = records.map((data) => {
    const fixed = Buffer.alloc(12);
    fixed.writeUInt16BE(0xc00c, 0);
    fixed.writeUInt16BE(type, 2);
    fixed.writeUInt16BE(1, 4);
    fixed.writeUInt32BE(ttl, 6);
    fixed.writeUInt16BE(data.length, 10);
    return Buffer.concat([fixed, data]);
  });
  return Buffer.concat([header, query.subarray(12, end), ...answers]);
}

function packed(address: string): Buffer {
  if (!address.includes(':')) return Buffer.from(address.split('.').map(Number));
  const [left = '', right = ''] = address.split('::');
  const words = (part: string): number[] =>
    part
      .split(':')
      .filter(Boolean)
      .map((word) => Number.parseInt(word, 16));
  const zeros = new Array<number>(8 - words(left).length - words(right).length).fill(0);
  return Buffer.from([...words(left), ...zeros, ...words(right)].flatMap((word) => [word >> 8, word & 255]));
}

function srv({ target, port, priority = 0, weight = 0 }: SrvAnswer): Buffer {
  const labels = target.split('.').filter(Boolean);
  const name = labels.map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]));
  const fixed = Buffer.alloc(6);
  fixed.writeUInt16BE(priority, 0);
  fixed.writeUInt16BE(weight, 2);
  fixed.writeUInt16BE(port, 4);
  return Buffer.concat([fixed, ...name, Buffer.from([0])]);
}
