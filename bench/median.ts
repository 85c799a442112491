// The median of measurements.
/** The middle of some samples; they are sorted in place. */
export const median = (samples: number[]): number => samples.sort((a, b) => a - b)[samples.length >> 1]
