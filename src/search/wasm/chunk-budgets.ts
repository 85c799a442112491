// The generalised pigeonhole principle in its strong form (Qin and Xiao, VLDB 2018): if a pair differs in at
// most r bits and the budgets of the chunks sum to r + 1, then on some ring there is a start from which every
// prefix of chunks differs in fewer bits than its budgets sum to. A chunk's threshold is its budget less one.

export const CHUNKS = 16
/** The greatest budget that the kernel has neighbour masks for. */
export const MAX_BUDGET = 5
/** The greatest radius that the sixteen tables can answer; beyond it only the flat scan does. */
export const MAX_TABLE_RADIUS = CHUNKS * MAX_BUDGET - 1

/** Number of 16-bit keys within t bits of a key, t = 0 to 4. */
export const KEYS_WITHIN = [1, 17, 137, 697, 2517] as const

// Chunk 4·class + n holds the lowest frequencies for n = 0, which photographs skew most: widen those last.
const WIDEN_ORDER = [3, 7, 11, 15, 2, 6, 10, 14, 1, 5, 9, 13, 0, 4, 8, 12] as const

/** The most even budgets of the sixteen chunks for a radius: they sum to `radius` + 1. */
export function chunkBudgets(radius: number): Uint8Array {
  const budgets = new Uint8Array(CHUNKS).fill(Math.floor((radius + 1) / CHUNKS))
  for (let extra = 0; extra < (radius + 1) % CHUNKS; extra++) budgets[WIDEN_ORDER[extra]]++
  return budgets
}

/** Budgets of chunks `from` to `from + 7` as the kernel takes them: four bits each, the first lowest. */
export function packBudgets(budgets: Uint8Array, from: number): number {
  let word = 0
  for (let chunk = from + 7; chunk >= from; chunk--) word = (word << 4) | budgets[chunk]
  return word >>> 0
}
