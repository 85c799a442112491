// Lets work of several partitions go on side by side, except work that must be alone: if it kills the thread, other work in
// progress must not look guilty. First come, first served.

export class ExclusiveGate {
  readonly #waiting: { readonly alone: boolean; readonly begin: () => void }[] = []
  #inWork = 0
  #isAlone = false

  async run<T>(alone: boolean, work: () => Promise<T>): Promise<T> {
    await new Promise<void>((begin) => {
      this.#waiting.push({ alone, begin })
      this.#admit()
    })
    try {
      return await work()
    } finally {
      this.#inWork--
      this.#isAlone = false
      this.#admit()
    }
  }

  #admit(): void {
    for (let [first] = this.#waiting; first && this.#mayBegin(first.alone); [first] = this.#waiting) {
      this.#waiting.shift()
      this.#inWork++
      this.#isAlone = first.alone
      first.begin()
    }
  }

  #mayBegin(alone: boolean): boolean {
    return this.#inWork === 0 || (!alone && !this.#isAlone)
  }
}
