export interface PowerLaw {
  /** y = factor · x ^ exponent. */
  readonly factor: number
  readonly exponent: number
}

/** The power law nearest to the points (least squares of the logarithms); two different x at least, all positive. */
export function fitPowerLaw(points: readonly (readonly [x: number, y: number])[]): PowerLaw {
  const logs = points.map(([x, y]) => [Math.log(x), Math.log(y)] as const)
  const mean = (axis: 0 | 1): number => logs.reduce((sum, point) => sum + point[axis], 0) / logs.length
  const meanX = mean(0)
  const meanY = mean(1)
  let across = 0
  let square = 0
  for (const [x, y] of logs) {
    across += (x - meanX) * (y - meanY)
    square += (x - meanX) ** 2
  }
  if (!(square > 0)) throw new RangeError('A power law needs points at two different x at least.')
  const exponent = across / square
  return { factor: Math.exp(meanY - exponent * meanX), exponent }
}
