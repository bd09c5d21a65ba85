/** Undoes what returned it: unsubscribes, cancels, unregisters. Calling it again does nothing. */
export type Disposer = () => void;
