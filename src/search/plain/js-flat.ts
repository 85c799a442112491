// A flat scan in JavaScript.
import { popcount32 } from '../../hash/distance.ts'
import { transpose } from '../../hash/orientation.ts'
import { askedRadii, NOT_ASKED } from './asked-radii.ts'
import { popcountOfThree, popcountOfTwo } from './bit-counts.ts'
import { fromClassOrder, toClassOrder } from '../wasm/class-order.ts'
import type { Matches, RadiusQuery, SearchBudget } from '../hamming-index.ts'
import { MatchCollector } from '../match-collector.ts'
import { PlainIndex } from './plain-index.ts'

const WORDS = 8

/** Up to here three words tell most values from a match; beyond, the test costs more than it saves. */
const SIEVE_RADIUS = 37

/**
 * Compares every query with every value. It needs nothing but the values, learns one in a microsecond, and its
 * time does not depend on what the values are: right for small sets, and the measure of every other index.
 *
 * A value far from the query is left after three of its eight words: unrelated values are 48 ± 5 bits apart
 * there already. Measured (Node 24, EPYC Zen 3, ns a value, radius 31): plain loop over popcount32 19; unrolled 16;
 * leaving after four words 7.9; after three 6.6; their bits counted together 5.1. For all eight orientations,
 * eight such scans took 32; four class distances counted in plain bit order, 28; kept in class order (two words and
 * one that may be complemented, 46 ± 4 bits), 12.5.
 */
export class JsFlatIndex extends PlainIndex {
  /** The query in class order, then its transposition in class order. */
  readonly #asked = new Uint32Array(2 * WORDS)
  readonly #transposed = new Uint32Array(WORDS)

  add(words: Uint32Array, at: number): number {
    const id = this.values.append()
    toClassOrder(words, at, this.values.words, id * WORDS)
    return id
  }

  copyValue(id: number, to: Uint32Array, at: number): void {
    fromClassOrder(this.values.words, id * WORDS, to, at)
  }

  search(queries: Uint32Array, query: RadiusQuery, budget?: SearchBudget): Matches {
    const endsMs = performance.now() + (budget ? budget.micros / 1000 : Infinity)
    const queryCount = queries.length / WORDS
    const radii = askedRadii(query)
    const shape = shapeOf(radii)
    const sieves = Math.max(...radii) <= SIEVE_RADIUS
    const matches = new MatchCollector(queryCount, query.limit, this)
    let number = 0
    for (; number < queryCount; number++) {
      if (budget && number >= budget.queries && performance.now() > endsMs) break
      toClassOrder(queries, number * WORDS, this.#asked, 0)
      if (shape === 'as-is') {
        this.#scanAsIs(number, radii[0], matches)
      } else {
        transpose(queries, number * WORDS, this.#transposed, 0)
        toClassOrder(this.#transposed, 0, this.#asked, WORDS)
        if (sieves) this.#sieveOriented(number, radii, shape === 'transposed', matches)
        else this.#scanOriented(number, radii, shape === 'transposed', matches)
      }
      matches.finish(number, number + 1, false)
    }
    return matches.answer(number)
  }

  estimateMicros(queryCount: number, query: RadiusQuery): number {
    const radii = askedRadii(query)
    const cost = COST[shapeOf(radii)]
    return (
      (queryCount * this.values.count * (Math.max(...radii) <= SIEVE_RADIUS ? cost.near : cost.far)) / 1000
    )
  }

  #scanAsIs(query: number, radius: number, matches: MatchCollector): void {
    const { words, removed, count } = this.values
    const [q0, q1, q2, q3, q4, q5, q6, q7] = this.#asked
    // A test that most values pass or that goes either way costs more than it saves (14 instead of 10 ns at
    // radius 48): then it is set so that all pass.
    const afterThree = radius <= SIEVE_RADIUS ? radius : 96
    const afterSix = radius <= 80 ? radius : 192
    for (let id = 0, at = 0; id < count; id++, at += WORDS) {
      let distance = popcountOfThree(words[at] ^ q0, words[at + 1] ^ q1, words[at + 2] ^ q2)
      if (distance > afterThree) continue
      distance += popcountOfThree(words[at + 3] ^ q3, words[at + 4] ^ q4, words[at + 5] ^ q5)
      if (distance > afterSix) continue
      distance += popcountOfTwo(words[at + 6] ^ q6, words[at + 7] ^ q7)
      if (distance <= radius && removed[id] === 0) matches.add(query, id, distance, 0)
    }
  }

  /** For radii up to {@link SIEVE_RADIUS}. */
  #sieveOriented(query: number, radii: Int16Array, withTransposed: boolean, matches: MatchCollector): void {
    const { words, removed, count } = this.values
    const [, , , , , q2, q1, q0] = this.#asked
    const [, , , , , t2, t1, t0] = this.#asked.subarray(WORDS)
    const widest = Math.max(...radii)
    for (let id = 0, at = 0; id < count; id++, at += WORDS) {
      const w0 = words[at + 7]
      const w1 = words[at + 6]
      const w2 = words[at + 5]
      // Of the class that never changes both words, of the next one word: near as it is, or near complemented?
      let fixed = popcountOfTwo(w0 ^ q0, w1 ^ q1)
      let changing = popcount32(w2 ^ q2)
      if (fixed + changing > widest && fixed + 32 - changing > widest) {
        if (!withTransposed) continue
        fixed = popcountOfTwo(w0 ^ t0, w1 ^ t1)
        changing = popcount32(w2 ^ t2)
        if (fixed + changing > widest && fixed + 32 - changing > widest) continue
      }
      const best = this.#bestOrientation(at, radii, widest, withTransposed)
      if (best !== NONE && removed[id] === 0) matches.add(query, id, best >>> 3, best & 7)
    }
  }

  /** For wider ones. (The sieve with a test that all pass would do, but took 32 instead of 25 ns at radius 44.) */
  #scanOriented(query: number, radii: Int16Array, withTransposed: boolean, matches: MatchCollector): void {
    const { removed, count } = this.values
    const widest = Math.max(...radii)
    for (let id = 0; id < count; id++) {
      const best = this.#bestOrientation(id * WORDS, radii, widest, withTransposed)
      if (best !== NONE && removed[id] === 0) matches.add(query, id, best >>> 3, best & 7)
    }
  }

  /** The best orientation of the value at `at`, as distance · 8 + orientation; NONE if none qualifies. */
  #bestOrientation(at: number, radii: Int16Array, widest: number, withTransposed: boolean): number {
    const { words } = this.values
    const asked = this.#asked
    const afterFour = widest <= 52 ? widest : 128
    let best = NONE
    for (let from = 0, end = withTransposed ? 2 * WORDS : WORDS; from < end; from += WORDS) {
      const a = popcountOfTwo(words[at + 6] ^ asked[from + 6], words[at + 7] ^ asked[from + 7])
      const b = popcountOfTwo(words[at + 4] ^ asked[from + 4], words[at + 5] ^ asked[from + 5])
      if (a + b > afterFour && a + 64 - b > afterFour) continue
      const c = popcountOfTwo(words[at + 2] ^ asked[from + 2], words[at + 3] ^ asked[from + 3])
      const d = popcountOfTwo(words[at] ^ asked[from], words[at + 1] ^ asked[from + 1])
      // Of the transposed query, too, the second complements even columns, the third even rows: to transpose the
      // known picture and flip its rows is to transpose the reported one and flip its columns.
      const first = from >>> 1
      best = better(best, a + b + c + d, first, radii)
      best = better(best, a + (64 - b) + c + (64 - d), first + 1, radii)
      best = better(best, a + b + (64 - c) + (64 - d), first + 2, radii)
      best = better(best, a + (64 - b) + (64 - c) + d, first + 3, radii)
    }
    return best
  }
}

const NONE = 0x7fffffff

/** Packed so that the lesser number is the lesser distance, and of equal ones the lower orientation. */
function better(best: number, distance: number, orientation: number, radii: Int16Array): number {
  const packed = distance * 8 + orientation
  return distance <= radii[orientation] && packed < best ? packed : best
}

type Shape = 'as-is' | 'mirrored' | 'transposed'

/** How much of the orientations is asked: none; such as complement classes; such as transpose, too. */
function shapeOf(radii: Int16Array): Shape {
  if (radii.subarray(4).some((radius) => radius !== NOT_ASKED)) return 'transposed'
  return radii.subarray(1).some((radius) => radius !== NOT_ASKED) ? 'mirrored' : 'as-is'
}

/** Nanoseconds a value and query, measured at 100,000 random values (Node 24, EPYC Zen 3), matches not counted. */
const COST = {
  'as-is': { near: 5.4, far: 11.5 },
  mirrored: { near: 7.6, far: 20 },
  transposed: { near: 12.5, far: 40 },
} as const satisfies Record<Shape, { near: number; far: number }>
