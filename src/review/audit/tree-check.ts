// Holds the audit's entries, one after the other, against what was stored with them and against checkpoints. Pure.
import type { AuditEntryView } from '../../contract/review.ts'
import { readEntry } from './list-audit.ts'
import {
  EMPTY_TREE,
  foldRoots,
  HASH_BYTES,
  leafHash,
  nodeHash,
  subtreesCompletedBy,
  type Edge,
} from './merkle.ts'

/** A row of audit_entries. */
export interface StoredEntry {
  readonly index: number
  readonly entry: string
  /** The hash of the entry, then the roots of the larger subtrees that it completes. */
  readonly subtrees: Uint8Array
  readonly at: Date
  readonly action: string
  readonly actor: string
  readonly caseId: string | null
}

/** What a checkpoint says of the tree. */
export interface Claim {
  readonly size: number
  readonly root: Uint8Array
  /** Verifies the signature: called for claims that decide something. */
  readonly isSigned: () => boolean
}

/** The first broken entry is one of those from `from` to `to`, both included. */
export interface Fault {
  readonly from: number
  readonly to: number
  readonly why: string
}

export interface TreeState {
  /** Entries that were read. */
  readonly size: number
  readonly fault: Fault | undefined
  /** Whether the stored head is another one than the entries lead to. */
  readonly headDiffers: boolean
  /** Claims that the tree fulfils, in the order of their sizes. */
  readonly held: readonly Claim[]
  /** Claims that it doesn't fulfil, and that none of the keys has signed: anybody may have written them. */
  readonly foreign: number
  /** Whether a signed claim is of another history than this one: a changed one, or one that goes on where this one ends. */
  readonly isAnotherHistory: boolean
}

/**
 * Follows the stored hashes, and checks each of them against its entry or against the two below it. If the root that they
 * lead to is the one of a signed checkpoint, they are the ones that were signed: then a hash that doesn't fit its entry
 * names the entry.
 */
export class TreeCheck {
  readonly #claims: ReadonlyMap<number, readonly Claim[]>
  #edge: Edge = EMPTY_TREE
  /** The finding with the smallest `to`. */
  #found: Fault | undefined
  #isBroken = false
  #differing: Claim | undefined
  readonly #held: Claim[] = []
  #foreign = 0

  constructor(claims: readonly Claim[]) {
    this.#claims = Map.groupBy(claims, ({ size }) => size)
  }

  /** Returns whether the next one is wanted: behind a hole there is no tree. */
  take(row: StoredEntry): boolean {
    const { size } = this.#edge
    if (row.index !== size) return this.#end({ from: size, to: size, why: `Entry ${size} is missing` })
    const count = subtreesCompletedBy(row.index)
    if (row.subtrees.length !== count * HASH_BYTES)
      return this.#end({
        from: size,
        to: size,
        why: `The hashes that were stored with entry ${size} were changed`,
      })
    const stored = Array.from({ length: count }, (_, level) =>
      row.subtrees.subarray(level * HASH_BYTES, (level + 1) * HASH_BYTES),
    )
    this.#check(row, stored)
    const [top] = stored.slice(-1)
    this.#edge = {
      size: size + 1,
      hashes: [...this.#edge.hashes.slice(0, this.#edge.hashes.length - count + 1), top],
    }
    this.#compare(this.#claims.get(size + 1) ?? [])
    return true
  }

  /** After the last row. `head` is the stored one. */
  finish(head: Edge): TreeState {
    const { size, hashes } = this.#edge
    if (!this.#isBroken && head.size > size)
      this.#note({
        from: size,
        to: size,
        why: `Entry ${size} is missing: the head counts ${head.size} entries`,
      })
    if (!this.#isBroken && head.size < size) {
      const why = `Entry ${head.size} was added by hand: the head counts ${head.size} entries`
      this.#note({ from: head.size, to: head.size, why })
    }
    const headDiffers = head.size !== size || !equal(Buffer.concat(head.hashes), Buffer.concat(hashes))
    return { size, headDiffers, ...this.#judge() }
  }

  #end(fault: Fault): false {
    this.#note(fault)
    this.#isBroken = true
    return false
  }

  #note(fault: Fault): void {
    if (!this.#found || fault.to < this.#found.to) this.#found = fault
  }

  #check(row: StoredEntry, stored: readonly Uint8Array[]): void {
    const { index } = row
    const why = this.#whyChanged(row, stored[0])
    if (why !== undefined) this.#note({ from: index, to: index, why })
    const siblings = this.#edge.hashes.slice(this.#edge.hashes.length - stored.length + 1)
    for (const [level, hash] of stored.slice(0, -1).entries()) {
      const sibling = siblings.at(-1 - level)
      if (sibling && equal(nodeHash(sibling, hash), stored[level + 1])) continue
      const from = index + 1 - 2 ** (level + 1)
      this.#note({
        from,
        to: index,
        why: `Entries ${from} to ${index}: one was changed together with its hash`,
      })
    }
  }

  #whyChanged(row: StoredEntry, stored: Uint8Array): string | undefined {
    const name = `entry ${row.index}`
    if (!equal(leafHash(row.entry), stored))
      return `The text of ${name} was changed: it has another hash than the one stored with it`
    const entry = parse(row.entry)
    if (!entry) return `The text of ${name} is no entry`
    if (entry.index !== row.index) return `In the place of ${name} is entry ${entry.index}`
    const isSame =
      entry.action === row.action &&
      entry.actor === row.actor &&
      (entry.caseId ?? null) === row.caseId &&
      entry.at === row.at.toISOString()
    return isSame ? undefined : `A column of ${name} was changed: its text says otherwise`
  }

  #compare(claims: readonly Claim[]): void {
    if (claims.length === 0) return
    const root = foldRoots(this.#edge.hashes)
    for (const claim of claims) {
      if (equal(claim.root, root)) this.#held.push(claim)
      else if (this.#differing || claim.isSigned()) this.#differing ??= claim
      else this.#foreign += 1
    }
  }

  /** Brings together what was found in the rows and what checkpoints say. */
  #judge(): Pick<TreeState, 'fault' | 'held' | 'foreign' | 'isAnotherHistory'> {
    const { size } = this.#edge
    const held = this.#held
    const beyond = [...this.#claims.values()].flat().filter((claim) => claim.size > size)
    const lost = beyond.sort((a, b) => a.size - b.size).find((claim) => claim.isSigned())
    if (lost)
      this.#note({
        from: size,
        to: size,
        why: `Entry ${size} is missing: checkpoint ${lost.size} was signed over it`,
      })
    const foreign = this.#foreign + (lost ? 0 : beyond.length)
    return {
      fault: this.#differing ? this.#faultBelow(this.#differing) : this.#found,
      held,
      foreign,
      isAnotherHistory: lost !== undefined || this.#differing !== undefined,
    }
  }

  /** A signed checkpoint differs: the stored hashes are the signed ones only up to the last one that holds. */
  #faultBelow(differing: Claim): Fault {
    const proven = this.#held.findLast((claim) => claim.size < differing.size && claim.isSigned())?.size ?? 0
    const found = this.#found
    if (found && found.to < proven) return found
    const to = Math.min(found?.to ?? differing.size, differing.size - 1)
    const which = proven === to ? `Entry ${to} was` : `One of the entries ${proven} to ${to} was`
    const why = `${which} changed together with the stored hashes: checkpoint ${differing.size} was signed over other entries`
    return { from: proven, to, why }
  }
}

const equal = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0

function parse(text: string): AuditEntryView | undefined {
  try {
    return readEntry(text)
  } catch {
    return undefined
  }
}
