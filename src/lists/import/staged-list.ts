// Reads a list once, and keeps what an import needs of it.
import { fileFieldsProblem } from '../../contract/known-hash.ts'
import { describeDegeneracy, degeneracyOf } from '../../hash/degenerate.ts'
import { isHashType } from '../../hash/hash-type.ts'
import type { ListedFile, ListedHash, ListItem, Refused, UnreadTypes, Withdrawal } from '../list-item.ts'
import { ClassTable } from './class-table.ts'
import type { Held } from './source-entries.ts'
import { Staging } from './staging.ts'
import { Tally } from './tally.ts'
import { ListJudge, type IntakeTerms, type Provenance } from './terms.ts'

/** Records that lie in the staging file as one piece. */
const STAGED_TOGETHER = 500

/** What files of one class don't share. */
type Own = Pick<Provenance, 'sourceId' | 'series' | 'victimIdentified' | 'tags' | 'validUntil'>

type SettableOwn = { -readonly [Name in keyof Own]: Own[Name] }

export interface StagedFile extends Own {
  readonly kind: 'file'
  /** The number of its class. */
  readonly listedClass: number
  readonly hashes: readonly ListedHash[]
  readonly changedAt?: string
  /** Types with a value that can't be read. */
  readonly unread?: UnreadTypes
  /** Set if the list has switched it off. */
  readonly held?: Held
}

/** A file whose record can't be used: what the source has of it stays. */
interface StagedUnknown {
  readonly kind: 'unknown'
  readonly sourceId: string
}

export type StagedWithdrawal = Omit<Withdrawal, 'place'>

export type StagedRecord = StagedFile | StagedWithdrawal | StagedUnknown

/** A list that was read to its end. */
export class StagedList {
  readonly tally = new Tally()
  readonly #staging = new Staging<StagedRecord>()
  readonly #classes = new ClassTable()
  #declared: string | undefined
  #lastPlace: string | undefined

  /** Records in the order of the list. */
  records(): AsyncGenerator<readonly StagedRecord[]> {
    return this.#staging.read()
  }

  /** The names of the schemes that its entries carry. */
  get schemes(): readonly string[] {
    return this.#classes.schemes
  }

  /** What the entries of a file have in common now; or that it is left out, or can't be used. */
  provenance(file: StagedFile): Provenance | 'left-out' | 'unknown' {
    const verdict = this.#classes.verdict(file.listedClass)
    if (verdict.kind !== 'entries') return verdict.kind === 'skipped' ? 'left-out' : 'unknown'
    return { ...verdict.provenance, ...ownOf(file) }
  }

  close(): Promise<void> {
    return this.#staging.close()
  }

  /** Takes some items of the list. */
  async add(items: readonly ListItem[]): Promise<void> {
    // A parser gives as many as a piece of a file holds. Fewer at a time are garbage sooner, and half of the memory.
    for (let from = 0; from < items.length; from += STAGED_TOGETHER) {
      const records: StagedRecord[] = []
      for (const item of items.slice(from, from + STAGED_TOGETHER)) {
        const record = this.#record(item)
        if (record) records.push(record)
      }
      await this.#staging.write(records)
    }
  }

  /** The list has ended. */
  end(judge: ListJudge): void {
    this.#classes.judge(judge, this.#declared, this.tally)
  }

  #record(item: ListItem): StagedRecord | undefined {
    if (item.kind === 'scheme') {
      this.#declared ??= item.scheme
      return undefined
    }
    // The bad values of a record come behind the record itself, and are no records of their own.
    const isOfLast = item.kind === 'refused' && item.place === this.#lastPlace
    this.#lastPlace = item.place
    if (isOfLast) return this.#refused(item)
    this.tally.read++
    if (item.kind === 'file') return this.#file(item)
    if (item.kind === 'refused') return this.#useless(item)
    if (item.kind === 'withdrawal') {
      const { place: _, ...record } = item
      return record
    }
    this.tally.count('skipped', item.why)
    return undefined
  }

  #file(file: ListedFile): StagedRecord | undefined {
    const { sourceId, changedAt, disabled, code, scheme, place, unread } = file
    const hashes = distinct(file.hashes)
    const own = ownOf(file)
    const problem = hashes.length === 0 ? undefined : fileFieldsProblem(own)?.toString()
    if (problem !== undefined) return this.#useless({ kind: 'refused', place, reason: problem, sourceId })
    for (const kind of file.unkept ?? []) this.tally.count('skipped', `hash of type ${kind}`)
    if (hashes.length === 0) this.tally.count('skipped', 'file without a hash')
    const { number, tally } = this.#classes.take({ scheme, code, place })
    for (const listed of hashes) countHash(listed, tally)
    if (hashes.length === 0 && unread !== undefined) tally.useless++
    return {
      kind: 'file',
      ...own,
      listedClass: number,
      hashes,
      ...(changedAt === undefined ? {} : { changedAt }),
      ...(unread === undefined ? {} : { unread }),
      ...(disabled && {
        held: {
          why: 'disabled',
          by: 'list',
          ...(disabled.until === undefined ? {} : { until: disabled.until }),
        },
      }),
    }
  }

  /** A record that is refused as a whole. */
  #useless(item: Refused): StagedRecord | undefined {
    this.tally.useless++
    return this.#refused(item)
  }

  #refused({ place, reason, sourceId }: Refused): StagedRecord | undefined {
    this.tally.reject([place], reason)
    if (sourceId !== undefined) return { kind: 'unknown', sourceId }
    this.tally.unplaced++
    return undefined
  }
}

/** How the list holds the file back; undefined if it doesn't, or did so until a time that is over. */
export const heldByList = ({ held }: Pick<StagedFile, 'held'>, now: Date): Held | undefined =>
  held?.until !== undefined && Date.parse(held.until) <= now.getTime() ? undefined : held

/** The fields of a file that are set. */
function ownOf({
  sourceId,
  series,
  victimIdentified,
  tags,
  validUntil,
}: Pick<ListedFile, 'sourceId' | 'series' | 'victimIdentified' | 'tags' | 'validUntil'>): SettableOwn {
  // Each file of a list passes here: six objects that are spread take as long as the rest of reading a line.
  const own: SettableOwn = { sourceId }
  if (series !== undefined) own.series = series
  if (victimIdentified !== undefined) own.victimIdentified = victimIdentified
  if (tags !== undefined && tags.length > 0) own.tags = [...tags]
  if (validUntil !== undefined) own.validUntil = validUntil
  return own
}

function countHash({ type, value }: ListedHash, tally: Tally): void {
  if (!isHashType(type)) {
    tally.count('notMatched', type)
    return
  }
  const degeneracy = degeneracyOf(type, value)
  if (degeneracy) tally.count('quarantined', `${type}: ${describeDegeneracy(degeneracy)}`)
  else tally.count('accepted', type)
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
      await list.add(some)
    }
    list.end(judge)
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
