// Patterns of STIX that are alternatives of hashes of files. Of every other one the hashes alone don't say what was meant:
// `!=`, NOT, LIKE, other observables, observations that have to follow each other.

interface NamedHash {
  readonly name: string
  readonly value: string
}

/** file:hashes.'SHA-256' = '…' */
const COMPARISON = /\s*file:hashes\.(?:'([^'\\]{1,32})'|([A-Za-z0-9_-]{1,32}))\s*=\s*'([A-Za-z0-9+/=_-]+)'/y
const OPEN = /\s*\[/y
const CLOSE = /\s*\]/y
/** Within an observation, all comparisons are of one file: with AND they are its hashes. */
const IN_OBSERVATION = /\s*\b(?:OR|AND)\b/y
const BETWEEN_OBSERVATIONS = /\s*\bOR\b/y
const END = /\s*$/y

/** The hashes that a pattern names, or undefined if it says anything else. */
export function hashesOfPattern(pattern: string): readonly NamedHash[] | undefined {
  const hashes: NamedHash[] = []
  let at = 0
  const take = (token: RegExp): RegExpExecArray | null => {
    token.lastIndex = at
    const found = token.exec(pattern)
    if (found) at = token.lastIndex
    return found
  }
  do {
    if (!take(OPEN)) return undefined
    do {
      const comparison = take(COMPARISON)
      if (!comparison) return undefined
      // One of the two groups took part; the third always does.
      const [, quoted, plain, value] = comparison
      hashes.push({ name: quoted ?? plain, value })
    } while (take(IN_OBSERVATION))
    if (!take(CLOSE)) return undefined
  } while (take(BETWEEN_OBSERVATIONS))
  return take(END) ? hashes : undefined
}
