import { readable } from '../text/printable.ts';

/** Text that is HTML already. Only {@link html} makes it, so that nothing comes into a page without being escaped. */
export class Markup {
  readonly #text: string;

  constructor(parts: TemplateStringsArray, contents: readonly Content[]) {
    let text = parts[0] ?? '';
    for (const [index, content] of contents.entries()) text += render(content) + (parts[index + 1] ?? '');
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

/** What can stand in a page; texts are escaped, `undefined` and `false` are nothing. */
export type Content = string | Markup | undefined | false | readonly Content[];

/** HTML with its contents escaped. They may stand between tags and within quoted attributes. */
export function html(parts: TemplateStringsArray, ...contents: readonly Content[]): Markup {
  return new Markup(parts, contents);
}

function render(content: Content): string {
  if (typeof content === 'string') return escaped(content);
  if (content instanceof Markup) return content.toString();
  return content ? content.map(render).join('') : '';
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return readable(text).replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
