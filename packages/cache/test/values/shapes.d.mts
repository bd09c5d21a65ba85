export const shapes: Readonly<
  Record<string, { readonly count: number; readonly create: (index: number) => unknown }>
>;
