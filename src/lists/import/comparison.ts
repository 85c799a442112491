// Compares a list with what its source has in the topic: which entries come, change and go.
import { knownHashKey, type KnownHashKey } from '../../contract/known-hash.ts'
import type { ListedHash, UnreadTypes } from '../list-item.ts'
import { EntryText, isSearchedText } from './entry-text.ts'
import { Marks } from './marks.ts'
import type { Held, SourceEntries } from './source-entries.ts'
import {
  heldByList,
  type StagedFile,
  type StagedList,
  type StagedRecord,
  type StagedWithdrawal,
} from './staged-list.ts'
import { isDegenerate, type IntakeTerms } from './terms.ts'

/**
 * Characters of the changes that are given together: about as much as goes to Kafka at once. What waits longer is copied by
 * the collector of garbage.
 */
const BATCH_LENGTH = 480_000
/** Of a file with more entries than that it is remembered that they are all withdrawn. */
const MANY = 16

/** The record to be published of one entry. */
export interface Change {
  /** Its id in SourceEntries. */
  readonly id: number
  readonly key: KnownHashKey
  /** null: the entry goes. */
  readonly text: string | null
  /** Stopped: it is a match in the topic, and no longer. */
  readonly fate: 'added' | 'changed' | 'stopped' | 'removed'
  readonly addedAt: string
  /** Set if a person has decided to hold the entry back, which outlives the list. */
  readonly held: Held | undefined
}

export interface ComparisonOptions {
  readonly terms: IntakeTerms
  /** What the list lacks goes. */
  readonly complete: boolean
  /** Files that the list itself has ended by then are none. */
  readonly now: Date
}

export class Comparison {
  readonly #entries: SourceEntries
  readonly #list: StagedList
  readonly #options: ComparisonOptions
  readonly #marks: Marks
  /** Of a list of changes: when the latest record of a file was changed, in milliseconds since 1970. */
  readonly #latest = new Map<string, number>()
  /** Files all of whose entries have a mark, because a record of them can't be read. */
  readonly #kept = new Set<string>()
  /** Files of many entries that are withdrawn, and that no later record brings back. */
  readonly #ended = new Set<string>()
  /** Of each file: the types whose hashes were spared already. */
  readonly #spared = new Map<string, UnreadTypes>()
  /** Entries to be withdrawn that the source doesn't have. */
  absent = 0
  /** Files that the list itself has ended. */
  ended = 0

  private constructor(entries: SourceEntries, list: StagedList, options: ComparisonOptions) {
    this.#entries = entries
    this.#list = list
    this.#options = options
    this.#marks = new Marks(entries)
  }

  static async of(entries: SourceEntries, list: StagedList, options: ComparisonOptions): Promise<Comparison> {
    const comparison = new Comparison(entries, list, options)
    let number = 0
    for await (const records of list.records())
      for (const record of records) comparison.#take(record, number++)
    return comparison
  }

  get counts(): { readonly added: number; readonly changed: number; readonly unchanged: number } {
    const { added, changed, stopped, unchanged } = this.#marks.counts
    return { added, changed: changed + stopped, unchanged }
  }

  /** Entries among the changed ones that are matches in the topic and no longer: of another role, or held back. */
  get stopped(): number {
    return this.#marks.counts.stopped
  }

  /** Entries that the list gives a class of matches and one that is none: neither counts. */
  get contradicted(): number {
    return this.#marks.contradicted
  }

  /** Entries that go. */
  get removed(): number {
    return this.#marks.counts.removed + (this.#options.complete ? this.#marks.unmentioned : 0)
  }

  /** Entries of the source that the list says nothing of. */
  get unmentioned(): number {
    return this.#marks.unmentioned
  }

  /**
   * The records to be published: of entries that come and change, then of those that go, so that a value that moves to another entry is known
   * all the time. New entries get this `addedAt`.
   */
  async *changes(addedAt: string): AsyncGenerator<readonly Change[]> {
    let from = 0
    const { added, changed } = this.counts
    const batch = new Batch()
    // A list that was read before has nothing new.
    if (added + changed > 0)
      for await (const records of this.#list.records()) {
        for (const change of this.#additions(records, from, addedAt))
          if (batch.add(change)) yield batch.take()
        from += records.length
      }
    for (const change of this.#removals()) if (batch.add(change)) yield batch.take()
    if (batch.size > 0) yield batch.take()
  }

  /** `number`: how many records came before. */
  *#additions(records: readonly StagedRecord[], number: number, newAddedAt: string): Generator<Change> {
    for (const [at, record] of records.entries()) {
      if (record.kind !== 'file') continue
      const provenance = this.#list.provenance(record)
      if (typeof provenance === 'string') continue
      const text = new EntryText(provenance)
      for (const listed of record.hashes) {
        const id = this.#entries.find({ ...listed, sourceId: record.sourceId })
        if (id === -1 || !this.#marks.isPublishedBy(id, number + at)) continue
        const key = knownHashKey({ ...listed, source: provenance.source, sourceId: record.sourceId })
        const since = this.#entries.addedAt(id)
        const addedAt = since ?? newAddedAt
        const own = text.of({ ...listed, addedAt, held: this.#heldOf(id, listed, record) })
        const fate = since === undefined ? 'added' : this.#stops(id, own) ? 'stopped' : 'changed'
        yield { id, key, text: own, fate, addedAt, held: this.#heldHere(id) }
      }
    }
  }

  *#removals(): Generator<Change> {
    const { source } = this.#options.terms
    for (const id of this.#marks.removed(this.#options.complete)) {
      const key = knownHashKey({ ...this.#entries.identity(id), source })
      yield { id, key, text: null, fate: 'removed', addedAt: '', held: undefined }
    }
  }

  #take(record: StagedRecord, number: number): void {
    if (record.kind === 'unknown') this.#keepAll(record.sourceId)
    else if (record.kind === 'withdrawal') this.#withdraw(record)
    else this.#file(record, number)
  }

  #file(file: StagedFile, number: number): void {
    if (this.#isOld(file)) return
    const { sourceId } = file
    const provenance = this.#list.provenance(file)
    if (provenance === 'unknown') {
      this.#keepAll(sourceId)
      return
    }
    this.#ended.delete(sourceId)
    if (this.#options.terms.repeats === 'replace') this.#replace(sourceId)
    else this.#begin(sourceId)
    if (provenance === 'left-out') {
      if (this.#options.terms.repeats === 'unite') this.#noteHarmless(file)
      return
    }
    if (file.validUntil !== undefined && Date.parse(file.validUntil) <= this.#options.now.getTime()) {
      this.ended++
      return
    }
    if (file.unread !== undefined) this.#spare(sourceId, file.unread)
    let text: EntryText | undefined
    const isMatch = provenance.role === 'match'
    for (const listed of file.hashes) {
      const id = this.#entries.keep({ ...listed, sourceId })
      const addedAt = this.#entries.addedAt(id)
      let differs = true
      let stops = false
      if (addedAt !== undefined) {
        text ??= new EntryText(provenance)
        const own = text.of({ ...listed, addedAt, held: this.#heldOf(id, listed, file) })
        differs = !this.#entries.isSame(id, own)
        stops = differs && this.#stops(id, own)
      }
      const said = { record: number, differs, stops, isMatch }
      if (this.#options.terms.repeats === 'unite') this.#marks.hasToo(id, said)
      else this.#marks.has(id, said)
    }
  }

  /** One of the values that can't be read may be a hash that the source had of the file. */
  #spare(sourceId: string, unread: UnreadTypes): void {
    const left = this.#options.terms.repeats === 'unite' ? this.#notSpared(sourceId, unread) : unread
    if (left.length === 0) return
    this.#entries.visitWhile(sourceId, (id) => {
      if (left === 'all' || left.includes(this.#entries.identity(id).type)) this.#marks.spare(id)
      return true
    })
  }

  /** Where records of a file are united, those after the first one end nothing more: each type is spared once. */
  #notSpared(sourceId: string, unread: UnreadTypes): UnreadTypes {
    const spared = this.#spared.get(sourceId) ?? []
    if (spared === 'all') return []
    const left = unread === 'all' ? unread : [...new Set(unread)].filter((type) => !spared.includes(type))
    if (left === 'all') this.#spared.set(sourceId, left)
    else if (left.length > 0) this.#spared.set(sourceId, [...spared, ...left])
    return left
  }

  /** Another record of the same file may call one of its hashes a match. */
  #noteHarmless({ hashes, sourceId }: StagedFile): void {
    for (const listed of hashes) this.#marks.isHarmless(this.#entries.keep({ ...listed, sourceId }))
  }

  /** Ends all that the source and earlier records of the list say of a file. */
  #replace(sourceId: string): void {
    this.#entries.visit(sourceId, (id) => {
      if (this.#entries.isPresent(id)) {
        this.#marks.lacks(id)
        return 'keep'
      }
      this.#marks.clear(id)
      return 'forget'
    })
  }

  /** Ends all that the source says of a file, at the first of the list's records of it. */
  #begin(sourceId: string): void {
    let isSeen: boolean | undefined
    // The first entry tells. Without this a million lines of one id would take a million million steps.
    this.#entries.visitWhile(sourceId, (id) => {
      isSeen ??= this.#marks.isOfSeenFile(id)
      if (isSeen) return false
      this.#marks.lacks(id)
      return true
    })
  }

  #keepAll(sourceId: string): void {
    // A second time there is none left without a mark.
    if (this.#kept.has(sourceId)) return
    this.#kept.add(sourceId)
    this.#entries.visitWhile(sourceId, (id) => {
      this.#marks.keep(id)
      return true
    })
  }

  #withdraw(withdrawal: StagedWithdrawal): void {
    if (this.#isOld(withdrawal)) return
    const { sourceId, hashes, isBare } = withdrawal
    if (hashes === undefined) {
      if (this.#ended.has(sourceId) || !this.#endAll(sourceId)) this.absent++
      return
    }
    for (const listed of hashes) {
      const ids = isBare ? this.#entries.ofValue(listed) : [this.#entries.find({ ...listed, sourceId })]
      let found = false
      for (const id of ids) found = (id !== -1 && this.#end(id)) || found
      if (!found) this.absent++
    }
  }

  /** Returns false if the source has no entry of the file, or earlier records have ended all. */
  #endAll(sourceId: string): boolean {
    let found = false
    let visited = 0
    this.#entries.visitWhile(sourceId, (id) => {
      visited++
      found = this.#end(id) || found
      return true
    })
    if (visited > MANY) this.#ended.add(sourceId)
    return found
  }

  /** Returns false if the source doesn't have the entry, or an earlier record has ended it. */
  #end(id: number): boolean {
    if (!this.#marks.isLive(id)) return false
    this.#marks.withdraw(id)
    return true
  }

  /** Whether a list of changes has a later record of the same file: its pages come in no order. */
  #isOld({ sourceId, changedAt }: Pick<StagedWithdrawal, 'sourceId' | 'changedAt'>): boolean {
    if (this.#options.terms.repeats !== 'replace' || changedAt === undefined) return false
    const changedMs = Date.parse(changedAt)
    const latestMs = this.#latest.get(sourceId) ?? -Infinity
    if (changedMs < latestMs) return true
    this.#latest.set(sourceId, changedMs)
    return false
  }

  /** Whether a match in the topic becomes none by this text. */
  #stops(id: number, text: string): boolean {
    return this.#entries.isSearched(id) && !isSearchedText(text)
  }

  /** A person's decision to hold the entry back stays; what the list decides, it decides each time. */
  #heldOf(id: number, listed: ListedHash, file: StagedFile): Held | undefined {
    return isDegenerate(listed)
      ? { why: 'degenerate' }
      : (this.#heldHere(id) ?? heldByList(file, this.#options.now))
  }

  /** Why a person holds the entry back. */
  #heldHere(id: number): Held | undefined {
    const held = this.#entries.held(id)
    return held?.why === 'degenerate' ? undefined : held
  }
}

/** Changes that are given together. */
class Batch {
  #changes: Change[] = []
  #length = 0

  get size(): number {
    return this.#changes.length
  }

  /** Whether it is full now. */
  add(change: Change): boolean {
    this.#changes.push(change)
    this.#length += change.key.length + (change.text?.length ?? 0)
    return this.#length >= BATCH_LENGTH
  }

  take(): readonly Change[] {
    const changes = this.#changes
    this.#changes = []
    this.#length = 0
    return changes
  }
}
