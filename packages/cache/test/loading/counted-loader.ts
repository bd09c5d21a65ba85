/** A loader that counts its calls and fails while it is told to. */
export function countedLoader() {
  const loader = {
    calls: 0,
    isDown: false,
    load: () => {
      loader.calls++;
      if (loader.isDown) throw new Error(`down ${loader.calls}`);
      return loader.calls;
    },
  };
  return loader;
}
