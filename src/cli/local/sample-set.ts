// The known set of the demonstration, published in two parts.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { canonicalJson, sha256Hex } from '../../contract/json.ts'
import { openIntake, type Intake } from '../../lists/import/intake.ts'
import type { IntakeTerms } from '../../lists/import/terms.ts'
import type { ListedFile } from '../../lists/list-item.ts'
import type { EventLog } from '../../log/event-log.ts'
import { readTopicId } from '../../stream/topics/topics.ts'
import type { DemoPicture } from './pictures.ts'
import { madeUpFiles, pictureFiles } from './sample-list.ts'
import { pause } from '../../waiting/pause.ts'

/** Made-up hashes that are published before the matcher starts: few, so that it starts at once. */
const FIRST_MADE_UP = 2_000
/** Entries between two looks at the clock. */
const PACE_ENTRIES = 1_000

const TERMS: IntakeTerms = {
  source: 'sample',
  classification: { scheme: 'sample', code: 'A1' },
  repeats: 'unite',
}

export interface SampleSetOptions {
  readonly log: EventLog
  /** The topic of the known hashes. */
  readonly topic: string
  readonly pictures: readonly DemoPicture[]
  /** Number of made-up hashes in all. */
  readonly madeUp: number
  /** The file that notes how the last run left the topic. */
  readonly noteFile: string
}

/** The demonstration's known set: a small part is published first, the rest while it is searched. */
export class SampleSet {
  readonly #options: SampleSetOptions
  #intake: Intake | undefined
  /** Number of made-up hashes that the topic has. */
  #published = 0

  constructor(options: SampleSetOptions) {
    this.#options = options
  }

  /** Whether the topic holds all of it. */
  get isComplete(): boolean {
    return this.#published >= this.#options.madeUp
  }

  /** Publishes the pictures' hashes and some made-up ones, unless the topic has them. Resolves with the outcome in words. */
  async publishFirst(): Promise<string> {
    const noted = this.#readNote()
    if (noted && noted.text === (await this.#describe(noted.published))) {
      this.#published = noted.published
      return `${this.isComplete ? 'whole' : 'begun'}, as the last start left it`
    }
    const { pictures, madeUp } = this.#options
    const list = [...pictureFiles(pictures), ...madeUpFiles(Math.min(FIRST_MADE_UP, madeUp))]
    const intake = await this.#openIntake()
    const { added, changed, unchanged } = await intake.apply([list], { now: new Date(), approved: 'any' })
    this.#published = await this.#countPublished()
    return `${added} added, ${changed} changed, ${unchanged} unchanged`
  }

  /** Publishes the rest at half speed, until all of it is published or the signal aborts. */
  async publishRest(signal: AbortSignal): Promise<void> {
    for await (const files of this.#rest(signal)) {
      const intake = await this.#openIntake()
      await intake.apply([files], { now: new Date(), approved: 'any' })
      this.#published += files.length
    }
  }

  /**
   * Notes the end of the topic. If it still ends there at the next start, that start need not read it to know its
   * entries.
   */
  async leaveNote(): Promise<void> {
    const { noteFile } = this.#options
    mkdirSync(dirname(noteFile), { recursive: true })
    writeFileSync(noteFile, await this.#describe(this.#published))
  }

  /** The made-up files that the topic doesn't have yet. It pauses as long as it works, so that traffic goes on. */
  async *#rest(signal: AbortSignal): AsyncGenerator<readonly ListedFile[]> {
    const from = this.#published
    let sinceMs = performance.now()
    let passed = 0
    let files: ListedFile[] = []
    for (const file of madeUpFiles(this.#options.madeUp)) {
      if (signal.aborted) return
      if (passed >= from) files.push(file)
      if (++passed % PACE_ENTRIES !== 0) continue
      if (files.length > 0) yield files
      files = []
      await pause(performance.now() - sinceMs, signal)
      sinceMs = performance.now()
    }
    if (files.length > 0) yield files
  }

  /** How many of the made-up files the topic has, up to the first one that is missing. */
  async #countPublished(): Promise<number> {
    const { entries } = await this.#openIntake()
    let count = 0
    for (const { hashes, sourceId } of madeUpFiles(entries.size)) {
      const ids = hashes.map((listed) => entries.find({ ...listed, sourceId }))
      if (!ids.every((id) => id !== -1 && entries.isPresent(id))) break
      // A million take seconds, and Ctrl-C must work meanwhile.
      if (++count % PACE_ENTRIES === 0) await setImmediate()
    }
    return count
  }

  /** The topic is read only if no note describes it, or if something is missing. */
  async #openIntake(): Promise<Intake> {
    this.#intake ??= await openIntake(this.#options.log, this.#options.topic, TERMS)
    return this.#intake
  }

  #readNote(): { readonly text: string; readonly published: number } | undefined {
    const { noteFile } = this.#options
    if (!existsSync(noteFile)) return undefined
    const text = readFileSync(noteFile, 'utf8')
    return { text, published: Number(/"published":(\d+)/.exec(text)?.[1] ?? 0) }
  }

  async #describe(published: number): Promise<string> {
    const { log, topic, pictures } = this.#options
    const [{ end }] = await log.offsets(topic)
    const topicId = await readTopicId(log, topic)
    const sample = sha256Hex(canonicalJson([TERMS, pictureFiles(pictures)]))
    return canonicalJson({ topicId, end, sample, published })
  }
}
