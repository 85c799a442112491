// Bounds how many of some works are under way at a time: the others wait for their turn, first come, first served.

export class Turns {
  readonly #atMost: number
  readonly #waiting: (() => void)[] = []
  #underWay = 0

  constructor(atMost: number) {
    this.#atMost = atMost
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#underWay < this.#atMost) this.#underWay++
    // The one that ends hands its place on.
    else await new Promise<void>((begin) => this.#waiting.push(begin))
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next) next()
      else this.#underWay--
    }
  }
}
