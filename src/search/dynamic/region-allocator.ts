// Free memory of an arena.
/** A stretch of addresses that is free. */
interface Gap {
  from: number
  to: number
}

/**
 * Hands out stretches of an address range, first fit, and takes them back; neighbouring free stretches become one.
 * What a merge frees the next merge uses, so that memory, which WebAssembly never gives back, stays bounded.
 */
export class RegionAllocator {
  /** Ascending, never touching. */
  readonly #gaps: Gap[]
  readonly #alignment: number

  constructor(from: number, to: number, alignment = 64) {
    this.#alignment = alignment
    this.#gaps = [{ from: this.#up(from), to }]
  }

  /** The most bytes that `take` has now. */
  get largest(): number {
    return this.#gaps.reduce((most, { from, to }) => Math.max(most, to - from), 0)
  }

  /** The address of `bytes` bytes, or undefined if no gap holds them. */
  take(bytes: number): number | undefined {
    const wanted = this.#up(bytes)
    const place = this.#gaps.findIndex(({ from, to }) => to - from >= wanted)
    if (place < 0) return undefined
    const gap = this.#gaps[place]
    const address = gap.from
    gap.from += wanted
    if (gap.from >= gap.to) this.#gaps.splice(place, 1)
    return address
  }

  /** Gives back what `take(bytes)` handed out at `address`. */
  giveBack(address: number, bytes: number): void {
    const end = address + this.#up(bytes)
    let place = this.#gaps.findIndex(({ from }) => from >= end)
    if (place < 0) place = this.#gaps.length
    const before = this.#gaps[place - 1]
    const after = this.#gaps[place]
    if (before !== undefined && before.to > address) throw new RangeError('This region is free already.')
    const joinsBefore = before !== undefined && before.to === address
    const joinsAfter = after !== undefined && after.from === end
    if (joinsBefore && joinsAfter) {
      before.to = after.to
      this.#gaps.splice(place, 1)
    } else if (joinsBefore) before.to = end
    else if (joinsAfter) after.from = address
    else this.#gaps.splice(place, 0, { from: address, to: end })
  }

  #up(bytes: number): number {
    return Math.ceil(bytes / this.#alignment) * this.#alignment
  }
}
