import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { afterAll, describe, expect, it } from 'vitest';

/** Every ```ts block of every README and document is compiled, strictly, and run as a module of its own. */

const root = fileURLToPath(new URL('../..', import.meta.url));
const BLOCK = /^```ts\n(.*?)^```$/gms;

interface Example {
  /** `packages/core/README.md:12` */
  readonly at: string;
  readonly file: string;
}

const documents = [
  'README.md',
  ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`),
  ...readdirSync(join(root, 'packages')).map((name) => `packages/${name}/README.md`),
].filter((path) => path.endsWith('.md') && existsSync(join(root, path)));

const examples = documents.flatMap(extractExamples);
const folders = new Set(examples.map(({ file }) => join(file, '..')));

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** Writes the blocks where the imports they show can be resolved: in their package, or in the demo for the rest. */
function extractExamples(document: string): Example[] {
  const text = readFileSync(join(root, document), 'utf8');
  const owner = document.startsWith('packages/') ? join(document, '..') : 'apps/express-demo';
  const folder = join(root, owner, '.readme', document.replaceAll(/\W/g, '-'));
  const blocks = [...text.matchAll(BLOCK)];
  if (blocks.length > 0) mkdirSync(folder, { recursive: true });
  return blocks.map((match) => {
    const line = text.slice(0, match.index).split('\n').length;
    const file = join(folder, `line-${line}.ts`);
    writeFileSync(file, `${match[1]}\nexport {};\n`);
    return { at: `${document}:${line}`, file };
  });
}

describe('examples in the documents', () => {
  it('exist in the README of the repository and of every package', () => {
    const withExamples = new Set(examples.map(({ at }) => at.slice(0, at.lastIndexOf(':'))));
    expect([...withExamples]).toEqual(
      expect.arrayContaining(documents.filter((path) => path.endsWith('README.md'))),
    );
  });

  it('compile', { timeout: 60_000 }, () => {
    const config = ts.getParsedCommandLineOfConfigFile(
      join(root, 'tsconfig.json'),
      { noEmit: true },
      {
        ...ts.sys,
        onUnRecoverableConfigFileDiagnostic: (diagnostic) => {
          throw new Error(String(diagnostic.messageText));
        },
      },
    );
    const program = ts.createProgram(
      examples.map(({ file }) => file),
      { ...config?.options },
    );
    const faults = ts.getPreEmitDiagnostics(program).map(({ file, start = 0, messageText }) => {
      const line = file ? file.getLineAndCharacterOfPosition(start).line + 1 : 0;
      const message = ts.flattenDiagnosticMessageText(messageText, '\n');
      return `${file ? relative(root, file.fileName) : ''}:${line}: ${message}`;
    });
    expect(faults).toEqual([]);
  });

  it.each(examples)('run: $at', async ({ file }) => {
    await import(file);
  });
});
