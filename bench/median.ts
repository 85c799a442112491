// The median of measurements.
/** The middle of some samples, or the mean of the two in the middle; they are sorted in place. */
export function median(samples: number[]): number {
  samples.sort((a, b) => a - b)
  const half = samples.length >> 1
  return samples.length % 2 === 0 ? (samples[half - 1] + samples[half]) / 2 : samples[half]
}
