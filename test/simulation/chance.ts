import { seededRandom, type Random } from '../../src/sample/random-hash.ts'

/** What a seed decides by: every choice of a simulation is drawn from one of these. */
export class Chance {
  readonly random: Random

  constructor(seed: number) {
    this.random = seededRandom(seed)
  }

  /** Another stream: a draw from one changes nothing in the other. */
  fork(): Chance {
    return new Chance(this.below(2 ** 32))
  }

  /** A whole number from 0 to below `end`. */
  below(end: number): number {
    return Math.floor(this.random() * end)
  }

  /** From `from` to `to`, both included. */
  between(from: number, to: number): number {
    return from + this.below(to - from + 1)
  }

  is(probability: number): boolean {
    return this.random() < probability
  }

  of<T>(choices: readonly [T, ...T[]]): T {
    return choices[this.below(choices.length)]
  }

  /** One of these, or undefined if there is none. */
  from<T>(choices: readonly T[]): T | undefined {
    return choices[this.below(choices.length)]
  }

  /** A key, each as often as its weight says. */
  weighted<K extends string>(weights: Readonly<Record<K, number>>): K {
    const entries = Object.entries(weights) as [K, number][]
    let left = this.random() * entries.reduce((sum, [, weight]) => sum + weight, 0)
    for (const [key, weight] of entries) {
      left -= weight
      if (left < 0) return key
    }
    return entries[entries.length - 1][0]
  }

  /** Milliseconds until something that happens every so often, on average. */
  wait(meanMs: number): number {
    return -Math.log(1 - this.random()) * meanMs
  }
}
