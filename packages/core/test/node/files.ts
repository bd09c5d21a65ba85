import type { ReadFile } from '@evenkeel/core/node';

/** A file system of a few files; one whose content is `null` must not be read. */
export function files(tree: Readonly<Record<string, string | null>>): ReadFile {
  return (path) => {
    const text = tree[path];
    if (text === null) throw new Error(`EACCES: permission denied, open '${path}'`);
    return text;
  };
}

export const MIB = 1024 * 1024;
