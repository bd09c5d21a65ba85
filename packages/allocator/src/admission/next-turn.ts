/** Calls back in the next turn of the event loop, when what has arrived meanwhile was taken in. */
export type NextTurn = (callback: () => void) => void;

/** `setImmediate`, which runs right after the poll for I/O; in browsers a message to oneself. */
export function platformNextTurn(): NextTurn {
  if (typeof globalThis.setImmediate === 'function') return (callback) => void setImmediate(callback);
  return (callback) => {
    // A channel for each call, so that none is left open that would keep its context alive.
    const { port1, port2 } = new MessageChannel();
    // Assigned through Object.assign, because the types at hand are Node's, which lack the property.
    Object.assign(port1, {
      onmessage: () => {
        port1.close();
        callback();
      },
    });
    port2.postMessage(undefined);
  };
}
