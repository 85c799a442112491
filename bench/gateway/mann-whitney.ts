// The test of Mann and Whitney: whether the values of one sample tend to be greater than those of another, whatever their
// distribution is. (Mann, Whitney 1947; normal approximation with the correction for ties, for samples of 20 and more.)

export interface MannWhitney {
  /** Deviation from chance in standard deviations; above 0 if `a` tends to be greater. */
  readonly z: number
  /** How likely chance alone deviates as much, in either direction. */
  readonly p: number
}

export function mannWhitney(a: readonly number[], b: readonly number[]): MannWhitney {
  const all = [...a.map((value) => ({ value, isA: true })), ...b.map((value) => ({ value, isA: false }))]
  all.sort((one, other) => one.value - other.value)
  let rankSum = 0
  let ties = 0
  for (let from = 0; from < all.length;) {
    let to = from
    while (to < all.length && all[to].value === all[from].value) to++
    const count = to - from
    // Equal values share the mean of their ranks, which begin with 1.
    const rank = (from + 1 + to) / 2
    for (let at = from; at < to; at++) if (all[at].isA) rankSum += rank
    ties += count ** 3 - count
    from = to
  }
  const n = all.length
  const u = rankSum - (a.length * (a.length + 1)) / 2
  const mean = (a.length * b.length) / 2
  const variance = ((a.length * b.length) / 12) * (n + 1 - ties / (n * (n - 1)))
  const z = variance === 0 ? 0 : (u - mean) / Math.sqrt(variance)
  return { z, p: 2 * upperTail(Math.abs(z)) }
}

/** The share of the normal distribution above z (Abramowitz and Stegun 26.2.17; off by at most 7.5e-8). */
function upperTail(z: number): number {
  const t = 1 / (1 + 0.2316419 * z)
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)
  const coefficients = [0.31938153, -0.356563782, 1.781477937, -1.821255978, 1.330274429]
  return density * coefficients.reduce((sum, coefficient, at) => sum + coefficient * t ** (at + 1), 0)
}
