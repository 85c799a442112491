import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { canonicalJson, sha256Hex } from '../../contract/json.ts'
import type { ListedHash } from '../../lists/plain.ts'
import { importList, type PublishOutcome } from '../../lists/publish-list.ts'
import type { EventLog } from '../../stream/event-log.ts'
import { readTopicId } from '../../stream/topics.ts'
import type { DemoPicture } from './pictures.ts'
import { sampleList } from './sample-list.ts'

/** So many made-up hashes are there before the matcher starts: few, so that it starts at once. */
const FIRST_MADE_UP = 2_000
/** Looks at the clock between so many entries. */
const PACE_ENTRIES = 1_000

const TERMS = {
  source: 'sample',
  classification: { scheme: 'sample', code: 'A1' },
  role: 'match',
  purpose: 'csam',
} as const

export interface SampleSetOptions {
  readonly log: EventLog
  /** Of the known hashes. */
  readonly topic: string
  readonly pictures: readonly DemoPicture[]
  /** Made-up hashes in all. */
  readonly madeUp: number
  /** Where it is noted what the topic holds. */
  readonly noteFile: string
}

/** The demonstration's known set: a small part at first, the rest while it is searched. */
export class SampleSet {
  readonly #options: SampleSetOptions
  #isComplete = false

  constructor(options: SampleSetOptions) {
    this.#options = options
  }

  /** Whether the topic holds all of it. */
  get isComplete(): boolean {
    return this.#isComplete
  }

  /** Publishes the pictures' hashes and some made-up ones, unless they are there; resolves with what was done. */
  async publishFirst(): Promise<string> {
    const noted = this.#readNote()
    for (const isComplete of [true, false]) {
      if (noted !== (await this.#describe(isComplete))) continue
      this.#isComplete = isComplete
      return isComplete ? 'whole, as the last start left it' : 'begun, as the last start left it'
    }
    const { pictures, madeUp } = this.#options
    const first = sampleList(pictures, Math.min(FIRST_MADE_UP, madeUp))
    const { added, changed, unchanged } = await this.#import(first)
    return `${added} added, ${changed} changed, ${unchanged} unchanged`
  }

  /** Publishes the rest, resting as long as it works, until all is there or the signal aborts. */
  async publishRest(signal: AbortSignal): Promise<void> {
    const { pictures, madeUp } = this.#options
    await this.#import(atHalfSpeed(sampleList(pictures, madeUp), signal))
    this.#isComplete = !signal.aborted
  }

  /**
   * Notes how the topic is left. While it still ends where it did, the next start need not read it to know what it
   * holds.
   */
  async leaveNote(): Promise<void> {
    const { noteFile } = this.#options
    mkdirSync(dirname(noteFile), { recursive: true })
    writeFileSync(noteFile, await this.#describe(this.#isComplete))
  }

  #readNote(): string | undefined {
    const { noteFile } = this.#options
    return existsSync(noteFile) ? readFileSync(noteFile, 'utf8') : undefined
  }

  async #describe(isComplete: boolean): Promise<string> {
    const { log, topic, pictures, madeUp } = this.#options
    const [{ end }] = await log.offsets(topic)
    const topicId = await readTopicId(log, topic)
    const sample = sha256Hex(canonicalJson([TERMS, await Array.fromAsync(sampleList(pictures, 0)), madeUp]))
    return canonicalJson({ topicId, end, sample, isComplete })
  }

  #import(list: AsyncIterable<ListedHash>): Promise<PublishOutcome> {
    const { log, topic } = this.#options
    return importList(log, topic, list, TERMS, new Date())
  }
}

/** Passes the entries on and rests as long as their publication takes, so that traffic goes on beside it. */
async function* atHalfSpeed(
  list: AsyncIterable<ListedHash>,
  signal: AbortSignal,
): AsyncGenerator<ListedHash> {
  let sinceMs = performance.now()
  let passed = 0
  for await (const listed of list) {
    if (signal.aborted) return
    yield listed
    if (++passed % PACE_ENTRIES !== 0) continue
    await sleep(performance.now() - sinceMs, undefined, { signal }).catch(() => {})
    sinceMs = performance.now()
  }
}
