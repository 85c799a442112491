// A wall clock with fractions of milliseconds that all processes of a machine share.
/** Milliseconds since 1970, with their fractions: the same for all processes of a machine. */
export const wallMs = (): number => performance.timeOrigin + performance.now()
