// How cards share the rows of a grid. Pure.

/** Cards of one row, at most. */
const MOST_IN_ROW = 4
const COLUMNS = 12

/** How many of twelve columns each of `amount` cards takes, so that every row is full: rows hold as many as they can. */
export function spans(amount: number): readonly number[] {
  const rows = Math.ceil(amount / MOST_IN_ROW)
  return Array.from({ length: rows }, (_, row) => {
    const inRow = Math.floor((amount + rows - 1 - row) / rows)
    return Array.from({ length: inRow }, () => COLUMNS / inRow)
  }).flat()
}
