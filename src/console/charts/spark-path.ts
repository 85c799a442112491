// The paths of a small line that is drawn beside a figure. Pure. A gap stays a gap.

interface Size {
  readonly width: number
  readonly height: number
}

interface SparkPaths {
  readonly line: string
  /** From the line to the ground. */
  readonly area: string
}

/** `top` is the value at the upper edge. */
export function sparkPaths(
  values: readonly (number | null)[],
  top: number,
  { width, height }: Size,
): SparkPaths {
  const step = values.length < 2 ? width : width / (values.length - 1)
  const y = (value: number): number => height - (Math.min(value, top) / top) * height
  const runs = runsOf(values).map(({ from, run }) =>
    run.map((value, at) => `${((from + at) * step).toFixed(1)} ${y(value).toFixed(1)}`),
  )
  return {
    // A value alone gets a line of its own width: round ends make a dot of it.
    line: runs.map((points) => `M${points.join('L')}${points.length === 1 ? 'h0' : ''}`).join(''),
    area: runs
      .filter((points) => points.length > 1)
      .map((points) => `M${xOf(points[0])} ${height}L${points.join('L')}L${xOf(points.at(-1))} ${height}Z`)
      .join(''),
  }
}

const xOf = (point = '0 0'): string => point.split(' ')[0]

/** Values that follow each other without a gap. */
function runsOf(
  values: readonly (number | null)[],
): readonly { readonly from: number; readonly run: number[] }[] {
  const runs: { from: number; run: number[] }[] = []
  for (const [at, value] of values.entries()) {
    if (value === null) continue
    if (at > 0 && values[at - 1] !== null) runs.at(-1)?.run.push(value)
    else runs.push({ from: at, run: [value] })
  }
  return runs
}
