// The postings of each value.
import type { KnownHash } from '../../contract/known-hash.ts'
import type { SnapshotReader } from '../snapshot/section-reader.ts'
import { sectionOf, type SnapshotSection } from '../snapshot/write-snapshot.ts'
import { NONE } from './posting-heap.ts'
import type { Postings } from './postings.ts'

/** A list of this many postings is kept as a crowd; a crowd of fewer than half as a chain again. */
const CROWDED = 64

/** Bit 30 of a list says that it is a crowd, and the bits below are its number; otherwise its first posting. */
const CROWD = 2 ** 30

/** Which roles the entries of a value have, in bits. */
export const ROLE_BITS = { match: 1, suppress: 2, canary: 4 } as const satisfies Record<
  KnownHash['role'],
  number
>

/** The many postings of one value, by source and source id. */
interface Crowd {
  readonly postings: Map<string, number>
  readonly roles: Record<KnownHash['role'], number>
}

/**
 * The postings of a value: a list is a number of 31 bits, NONE for no postings.
 *
 * Nearly all values have a few entries, which are chained and walked. A value that many sources list in many cases
 * (the picture of nothing, say) would make each change a long walk and the whole quadratic: 100,000 entries of one
 * value would take half a minute. So a long list is kept as a crowd, in a Map that finds a posting at once and
 * counts roles, outside the packed memory.
 */
export class PostingLists {
  readonly #postings: Postings
  readonly #crowds: (Crowd | undefined)[] = []
  readonly #freeCrowds: number[] = []

  constructor(postings: Postings) {
    this.#postings = postings
  }

  /** The posting of an entry, or NONE. */
  find(list: number, source: string, sourceId: string): number {
    if (list >= CROWD) return this.#crowd(list).postings.get(keyOf(source, sourceId)) ?? NONE
    return this.#postings.find(list, source, sourceId)
  }

  /** The list with one posting more, of an entry that it doesn't have. */
  add(list: number, posting: number): number {
    if (list >= CROWD) {
      this.#join(this.#crowd(list), posting)
      return list
    }
    this.#postings.heap.setNext(posting, list)
    let length = 0
    for (let each = posting; each !== NONE; each = this.#postings.heap.next(each)) length++
    return length < CROWDED ? posting : this.#toCrowd(posting)
  }

  /** The list without one of its postings, which is erased. */
  remove(list: number, posting: number): number {
    if (list >= CROWD) return this.#leave(list, posting)
    const { heap } = this.#postings
    let rest = list
    if (list === posting) rest = heap.next(posting)
    else {
      let before = list
      while (heap.next(before) !== posting) before = heap.next(before)
      heap.setNext(before, heap.next(posting))
    }
    this.#postings.erase(posting)
    return rest
  }

  /** The roles of its entries, as ROLE_BITS. */
  roles(list: number): number {
    let roles = 0
    if (list >= CROWD) {
      const counts = this.#crowd(list).roles
      for (const role of ['match', 'suppress', 'canary'] as const)
        if (counts[role] > 0) roles |= ROLE_BITS[role]
      return roles
    }
    for (let posting = list; posting !== NONE; posting = this.#postings.heap.next(posting)) {
      roles |= ROLE_BITS[this.#postings.role(posting)]
    }
    return roles
  }

  /** Its postings, in no order. */
  *each(list: number): Iterable<number> {
    if (list >= CROWD) yield* this.#crowd(list).postings.values()
    else for (let posting = list; posting !== NONE; posting = this.#postings.heap.next(posting)) yield posting
  }

  /** The postings of each crowd, by its number: how many, and their addresses. */
  section(): SnapshotSection {
    const words = Array.from(this.#crowds, (crowd) =>
      crowd ? [crowd.postings.size, ...crowd.postings.values()] : [0],
    )
    return sectionOf('crowds', Uint32Array.from(words.flat()))
  }

  /** Fills empty lists with them, once the postings are there. */
  async restore(reader: SnapshotReader): Promise<void> {
    const words = new Uint32Array(reader.byteLengthOf('crowds') / 4)
    await reader.read('crowds', words)
    for (let at = 0; at < words.length; at += words[at] + 1) {
      const number = this.#crowds.length
      const postings = words.subarray(at + 1, at + 1 + words[at])
      this.#crowds.push(postings.length === 0 ? undefined : this.#crowdOf(postings))
      if (postings.length === 0) this.#freeCrowds.push(number)
    }
  }

  #crowd(list: number): Crowd {
    const crowd = this.#crowds[list - CROWD]
    if (!crowd) throw new RangeError(`There is no crowd ${list - CROWD}.`)
    return crowd
  }

  #toCrowd(chain: number): number {
    const number = this.#freeCrowds.pop() ?? this.#crowds.length
    this.#crowds[number] = this.#crowdOf(this.each(chain))
    return CROWD + number
  }

  #crowdOf(postings: Iterable<number>): Crowd {
    const crowd: Crowd = { postings: new Map(), roles: { match: 0, suppress: 0, canary: 0 } }
    for (const posting of postings) this.#join(crowd, posting)
    return crowd
  }

  #join(crowd: Crowd, posting: number): void {
    crowd.postings.set(this.#keyOfPosting(posting), posting)
    crowd.roles[this.#postings.role(posting)]++
  }

  #leave(list: number, posting: number): number {
    const crowd = this.#crowd(list)
    crowd.postings.delete(this.#keyOfPosting(posting))
    crowd.roles[this.#postings.role(posting)]--
    this.#postings.erase(posting)
    if (crowd.postings.size >= CROWDED / 2) return list
    let chain: number = NONE
    for (const left of crowd.postings.values()) {
      this.#postings.heap.setNext(left, chain)
      chain = left
    }
    this.#crowds[list - CROWD] = undefined
    this.#freeCrowds.push(list - CROWD)
    return chain
  }

  #keyOfPosting(posting: number): string {
    return keyOf(this.#postings.source(posting), this.#postings.heap.sourceId(posting))
  }
}

/** A source's name has no colon. */
const keyOf = (source: string, sourceId: string): string => `${source}:${sourceId}`
