/** Marks a result among what a runtime may print by itself. */
export const MARK = "matrix-cell ";
