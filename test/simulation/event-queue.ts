import type { Actor } from './scheduler.ts'

/** Something that will happen to an actor. */
export interface Event {
  readonly atMs: number
  /** Of two at the same time the one with the lesser is first. */
  readonly order: number
  readonly actor: Actor
  readonly what: string
  readonly run: () => void
  isCancelled: boolean
}

const isBefore = (a: Event, b: Event): boolean => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)

/** Events by time: a binary heap. */
export class EventQueue {
  readonly #heap: Event[] = []
  #added = 0

  add(atMs: number, actor: Actor, what: string, run: () => void): Event {
    const event: Event = { atMs, order: this.#added++, actor, what, run, isCancelled: false }
    const heap = this.#heap
    let at = heap.length
    heap.push(event)
    while (at > 0) {
      const parent = (at - 1) >>> 1
      if (!isBefore(event, heap[parent])) break
      heap[at] = heap[parent]
      at = parent
    }
    heap[at] = event
    return event
  }

  /** The next event; undefined if there is none. */
  take(): Event | undefined {
    const heap = this.#heap
    const first = heap.at(0)
    const last = heap.pop()
    if (!last || last === first) return first
    let at = 0
    for (let child = 1; child < heap.length; child = 2 * at + 1) {
      if (child + 1 < heap.length && isBefore(heap[child + 1], heap[child])) child++
      if (!isBefore(heap[child], last)) break
      heap[at] = heap[child]
      at = child
    }
    heap[at] = last
    return first
  }
}
