/** Counts the listeners of a signal from now on; returns how many it has. */
export function countListeners(signal: AbortSignal): () => number {
  const listeners = new Set<unknown>();
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (type: string, listener: never, options?: AddEventListenerOptions | boolean): void => {
    addEventListener.call(signal, type, listener, options);
    if (type === "abort") listeners.add(listener);
  };
  signal.removeEventListener = (type: string, listener: never, options?: EventListenerOptions | boolean): void => {
    removeEventListener.call(signal, type, listener, options);
    if (type === "abort") listeners.delete(listener);
  };
  // Aborted, it calls them once and may forget them.
  return () => signal.aborted ? 0 : listeners.size;
}
