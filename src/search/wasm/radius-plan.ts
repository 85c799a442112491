// Which passes over an index answer a query.
import type { RadiusQuery } from '../hamming-index.ts'

/** One pass over an index: rows (the queries as they are, transposed, or both) in some mirror forms, one radius. */
export interface Pass {
  /** Bit f asks for mirror form f: 0 as is, 1 left–right, 2 top–bottom, 3 both. */
  readonly forms: number
  readonly plainRows: boolean
  readonly transposedRows: boolean
  readonly maxDistanceBits: number
}

/**
 * The passes that answer a question. Orientations 0 to 3 are the four mirror forms of the query; orientations 4
 * to 7 are those of the transposed query (transposing swaps the two flips, so that a left–right flip there is
 * orientation 5). Orientations of the same forms and radius share a pass.
 */
export function planPasses(query: RadiusQuery): readonly Pass[] {
  const { maxDistanceBits, orientations } = query
  const mask = orientations ? orientations.mask & 0xfe : 0
  const transposedForms = mask >> 4
  const mirrorForms = mask & 0xe
  if (!orientations || mask === 0) {
    return [{ forms: 1, plainRows: true, transposedRows: false, maxDistanceBits }]
  }
  const other = orientations.maxDistanceBits
  const wanted: Pass[] = []
  if (other === maxDistanceBits) {
    wanted.push({ forms: mirrorForms | 1, plainRows: true, transposedRows: false, maxDistanceBits })
  } else {
    wanted.push({ forms: 1, plainRows: true, transposedRows: false, maxDistanceBits })
    wanted.push({ forms: mirrorForms, plainRows: true, transposedRows: false, maxDistanceBits: other })
  }
  const transposed = {
    forms: transposedForms,
    plainRows: false,
    transposedRows: true,
    maxDistanceBits: other,
  }
  const twin = wanted.findIndex((pass) => pass.forms === transposedForms && pass.maxDistanceBits === other)
  if (twin >= 0) wanted[twin] = { ...wanted[twin], transposedRows: true }
  else wanted.push(transposed)
  return wanted.filter((pass) => pass.forms !== 0 && pass.maxDistanceBits >= 0)
}

/** Rows that a pass makes of `queries` queries. */
export const passRows = (pass: Pass, queries: number): number =>
  queries * (pass.plainRows && pass.transposedRows ? 2 : 1)
