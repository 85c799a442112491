// Values that many postings share.
/**
 * Values that many postings share, each kept once under a number while a posting holds it. Numbers are used
 * again. Kept in plain arrays: there are few of them beside the postings.
 */
export class Interned<T> {
  readonly #numbers = new Map<string, number>()
  readonly #values: (T | undefined)[] = []
  readonly #keys: string[] = []
  readonly #holders: number[] = []
  readonly #free: number[] = []

  /** Number of different values. */
  get size(): number {
    return this.#numbers.size
  }

  /** The number of the value of this key, with one holder more; `make` makes the value if it is new. */
  take(key: string, make: () => T): number {
    const held = this.#numbers.get(key)
    if (held !== undefined) {
      this.#holders[held]++
      return held
    }
    const value = make()
    const number = this.#free.pop() ?? this.#values.length
    this.#numbers.set(key, number)
    this.#values[number] = value
    this.#keys[number] = key
    this.#holders[number] = 1
    return number
  }

  at(number: number): T {
    const value = this.#values[number]
    if (value === undefined) throw new RangeError(`Nothing is kept under the number ${number}.`)
    return value
  }

  /** Takes one holder away; without any, the value is dropped. */
  release(number: number): void {
    if (--this.#holders[number] > 0) return
    this.#numbers.delete(this.#keys[number])
    this.#setFree(number)
  }

  /** Every value with its number and how many hold it, as `restore` takes them. */
  *saved(): Iterable<SavedValue<T>> {
    for (const [number, value] of this.#values.entries()) {
      if (value !== undefined) yield [number, this.#holders[number], value]
    }
  }

  /** Fills an empty one. `keyOf` is the key that a value was taken by. */
  restore(values: Iterable<SavedValue<T>>, keyOf: (value: T) => string): void {
    for (const [number, holders, value] of values) {
      for (let free = this.#values.length; free < number; free++) this.#setFree(free)
      const key = keyOf(value)
      this.#numbers.set(key, number)
      this.#values[number] = value
      this.#keys[number] = key
      this.#holders[number] = holders
    }
  }

  #setFree(number: number): void {
    this.#values[number] = undefined
    this.#keys[number] = ''
    this.#free.push(number)
  }
}

export type SavedValue<T> = readonly [number: number, holders: number, value: T]
