// Reads a list once, and keeps what an import needs of it.
import { describeDegeneracy, degeneracyOf } from '../../hash/degenerate.ts'
import { isHashType } from '../../hash/hash-type.ts'
import type { ListedFile, ListedHash, ListItem, Refused, Withdrawal } from '../list-item.ts'
import { Staging } from './staging.ts'
import { Tally } from './tally.ts'
import { ListJudge, type IntakeTerms, type Provenance } from './terms.ts'

/** What files of one class share. */
type Shared = Omit<Provenance, 'sourceId' | 'series' | 'victimIdentified' | 'tags' | 'validUntil'>
type Own = Pick<Provenance, 'sourceId' | 'series' | 'victimIdentified' | 'tags' | 'validUntil'>

/** A file: its class (none: it is left out, which ends what the source said of it), and its hashes. */
export interface StagedFile extends Own {
  readonly kind: 'file'
  readonly shared?: number
  readonly hashes: readonly ListedHash[]
  readonly changedAt?: string
}

/** A file whose record can't be used: what the source has of it stays. */
export interface StagedUnknown {
  readonly kind: 'unknown'
  readonly sourceId: string
}

export type StagedWithdrawal = Omit<Withdrawal, 'place'>

export type StagedRecord = StagedFile | StagedWithdrawal | StagedUnknown

/** A list that was read to its end. */
export class StagedList {
  readonly tally = new Tally()
  readonly #staging = new Staging<StagedRecord>()
  readonly #shared: Shared[] = []
  readonly #sharedByText = new Map<string, number>()

  /** Records in the order of the list. */
  records(): AsyncGenerator<readonly StagedRecord[]> {
    return this.#staging.read()
  }

  /** What the entries of a file have in common; undefined if it is left out. */
  provenance({
    shared,
    sourceId,
    series,
    victimIdentified,
    tags,
    validUntil,
  }: StagedFile): Provenance | undefined {
    if (shared === undefined) return undefined
    return {
      ...this.#shared[shared],
      sourceId,
      ...(series === undefined ? {} : { series }),
      ...(victimIdentified === undefined ? {} : { victimIdentified }),
      ...(tags === undefined ? {} : { tags }),
      ...(validUntil === undefined ? {} : { validUntil }),
    }
  }

  close(): Promise<void> {
    return this.#staging.close()
  }

  /** Takes some items of the list. */
  async add(items: readonly ListItem[], judge: ListJudge): Promise<void> {
    const records: StagedRecord[] = []
    for (const item of items) {
      this.tally.read++
      const record = this.#record(item, judge)
      if (record) records.push(record)
    }
    await this.#staging.write(records)
  }

  #record(item: ListItem, judge: ListJudge): StagedRecord | undefined {
    if (item.kind === 'file') return this.#file(item, judge)
    if (item.kind === 'refused') return this.#refused(item)
    if (item.kind === 'withdrawal') {
      const { place: _, ...record } = item
      return record
    }
    this.tally.skip(item.why)
    return undefined
  }

  #file(file: ListedFile, judge: ListJudge): StagedRecord | undefined {
    const { sourceId, changedAt } = file
    const verdict = judge.judge(file)
    if (verdict.kind === 'refused') return this.#refused({ ...file, kind: 'refused', reason: verdict.reason })
    for (const kind of file.unkept ?? []) this.tally.skip(`hash of type ${kind}`)
    if (verdict.kind === 'skipped') {
      this.tally.skip(verdict.why)
      return { kind: 'file', sourceId, hashes: [], ...(changedAt === undefined ? {} : { changedAt }) }
    }
    const hashes = distinct(file.hashes)
    for (const listed of hashes) this.#count(listed)
    const { series, victimIdentified, tags, validUntil, sourceId: _, ...shared } = verdict.provenance
    return {
      kind: 'file',
      sourceId,
      shared: this.#sharedNumber(shared),
      // A parser's records may have more fields.
      hashes: hashes.map(({ type, value }) => ({ type, value }) as ListedHash),
      ...(series === undefined ? {} : { series }),
      ...(victimIdentified === undefined ? {} : { victimIdentified }),
      ...(tags === undefined ? {} : { tags }),
      ...(validUntil === undefined ? {} : { validUntil }),
      ...(changedAt === undefined ? {} : { changedAt }),
    }
  }

  #refused({ place, reason, sourceId }: Refused): StagedRecord | undefined {
    this.tally.reject(place, reason)
    if (sourceId !== undefined) return { kind: 'unknown', sourceId }
    this.tally.unplaced++
    return undefined
  }

  #count({ type, value }: ListedHash): void {
    if (!isHashType(type)) {
      this.tally.count('notMatched', type)
      return
    }
    const degeneracy = degeneracyOf(type, value)
    if (degeneracy) this.tally.count('quarantined', `${type}: ${describeDegeneracy(degeneracy)}`)
    else this.tally.count('accepted', type)
  }

  #sharedNumber(shared: Shared): number {
    const text = `${shared.classification.scheme}:${shared.classification.code}:${shared.role}`
    let number = this.#sharedByText.get(text)
    if (number === undefined) {
      number = this.#shared.push(shared) - 1
      this.#sharedByText.set(text, number)
    }
    return number
  }
}

/**
 * Reads a list to its end. Nothing is published; a list that is damaged throws a DamagedListError, one that doesn't say
 * what its files are an UndeclaredListError.
 */
export async function stageList(
  items: AsyncIterable<readonly ListItem[]> | Iterable<readonly ListItem[]>,
  terms: IntakeTerms,
  signal?: AbortSignal,
): Promise<StagedList> {
  const list = new StagedList()
  const judge = new ListJudge(terms)
  try {
    for await (const some of items) {
      signal?.throwIfAborted()
      await list.add(some, judge)
    }
    judge.end()
    return list
  } catch (error) {
    await list.close()
    throw error
  }
}

/** A file's hashes, each once. */
function distinct(hashes: readonly ListedHash[]): readonly ListedHash[] {
  if (hashes.length < 2) return hashes
  const seen = new Set<string>()
  return hashes.filter(({ type, value }) => {
    const before = seen.size
    return seen.add(`${type}:${value}`).size > before
  })
}
