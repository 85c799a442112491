// Two deployments: the second one follows what the first one shares, and holds the same in the end, removals included.
import { setImmediate as nextMacrotask } from 'node:timers/promises'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { knownHashKey, type Entry, type KnownHashKey } from '../../../src/contract/known-hash.ts'
import { disabled, enabled, type Curated } from '../../../src/lists/curate/curation.ts'
import { eventually } from '../../fixtures/eventually.ts'
import { digits, entryOf, entryOfType, keptEntryOf } from '../serve/shared-topic.ts'
import { say, statesIn } from '../sync/list-topics.ts'
import {
  comparison,
  heldBy,
  shown,
  withDeployments,
  type FollowingDeployment,
  type SharingDeployment,
} from './deployments.ts'

/** All of it may leave, so that both sides can compare it as a whole. */
const A_LIST = 'a-list'
/** Some classes of it may leave. */
const B_LIST = 'b-list'
/** Some of it must stay, whatever its class is. */
const C_LIST = 'c-list'
const CLIENT = {
  name: 'reader',
  sources: [A_LIST, B_LIST, C_LIST],
  audiences: ['members' as const],
  classifications: ['ncmec:A1', 'ncmec:A2'],
}
/** The names here, and the bases there: a source each, and all that the client may see. */
const FOLLOWED = { 'their-a': A_LIST, 'their-b': B_LIST, 'their-c': C_LIST, 'their-all': '' }
/** No change waits for a person. */
const OPEN = { removesShare: 1, since: '2026-01-10' }
const KINDS = 5
const FILES = 8

/** Hashes of a file: each list of the same file has its own values, and so has each version of it. */
function entriesOf(source: string, file: number, version: number): readonly Entry[] {
  const id = file % 2 === 0 ? `f-${file}` : `a file with a name that is too long to leave as it is: ${file}`
  const of = (kind: string, length: number): string => digits(`${source} ${file} ${version} ${kind}`, length)
  return [
    entryOfType('md5', of('md5', 32), id, { source }),
    entryOfType('sha1', of('sha1', 40), id, { source }),
    entryOfType('pdq', of('pdq', 64), id, { source }),
    keptEntryOf('photodna', of('photodna', 128).padEnd(288, '7'), id, { source }),
    keptEntryOf('sha512', of('sha512', 128), id, { source }),
  ]
}

const onFile = {
  source: fc.constantFrom(A_LIST, B_LIST, C_LIST),
  file: fc.nat(FILES - 1),
  kinds: fc.uniqueArray(fc.nat(KINDS - 1), { minLength: 1, maxLength: KINDS }),
}
const steps = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('list' as const),
      ...onFile,
      version: fc.nat(1),
      code: fc.constantFrom('A1', 'A2', 'B1'),
      isVideo: fc.boolean(),
      isSecret: fc.boolean(),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('change' as const),
      ...onFile,
      to: fc.constantFrom('removed', 'held', 'released', 'benign', 'restricted'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), seconds: fc.nat(100) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('restart', 'restart compacted', 'restart the daemon', 'rest'),
    }),
  },
)
type Step = typeof steps extends fc.Arbitrary<infer Value> ? Value : never

const curated = (entry: Entry, result: Curated): Entry => (typeof result === 'object' ? result.entry : entry)

const STAYS = { audience: 'members', onward: 'none' } as const

const mayLeave = ({ handling, classification: { scheme, code } }: Entry): boolean =>
  handling.onward === 'same-audience' && CLIENT.classifications.includes(`${scheme}:${code}`)

/** What the first deployment has, by a plain map, and what of it may ever have left. */
class Lists {
  readonly #first: SharingDeployment
  readonly #entries = new Map<KnownHashKey, Entry>()
  readonly #leavable = new Set<string>()
  /** Compaction would hide changes that the readers have not read: deploy/sharing.md says which. */
  #mayHide = false

  constructor(first: SharingDeployment) {
    this.#first = first
  }

  async take(step: Step, second: FollowingDeployment): Promise<void> {
    if (step.kind === 'wait') this.#first.topic.wait(step.seconds)
    else if (step.kind === 'list') await this.#list(step)
    else if (step.kind === 'change') await this.#change(step)
    else if (step.kind === 'rest') await this.rest(second)
    else if (step.kind === 'restart') await this.#first.restart()
    else if (step.kind === 'restart compacted') {
      if (this.#mayHide) await this.rest(second)
      await this.#first.restartCompacted()
    } else await second.restart()
  }

  async rest(second: FollowingDeployment): Promise<void> {
    await second.untilRests()
    this.#mayHide = false
    for (const [name, source] of Object.entries(FOLLOWED)) {
      const { live, ever } = await heldBy(second.log, name)
      expect({ name, live }).toEqual({ name, live: this.#searched(source) })
      expect([...ever].filter((one) => !this.#leavable.has(one))).toEqual([])
    }
    const pair = { ours: 'their-a', theirs: A_LIST }
    expect(await comparison(second.log, this.#first.topic.log, pair)).toMatchObject({ isEqual: true })
  }

  #searched(base: string): readonly string[] {
    return [...this.#entries.values()]
      .filter((entry) => (base === '' || entry.source === base) && mayLeave(entry))
      .filter(({ role, held }) => role === 'match' && held === undefined)
      .map(shown)
      .toSorted()
  }

  async #list({ source, file, kinds, version, code, isVideo, isSecret }: Step & { kind: 'list' }) {
    const entries = kinds.map((kind): Entry => ({
      ...entriesOf(source, file, version)[kind],
      classification: { scheme: 'ncmec', code: source === A_LIST && code === 'B1' ? 'A1' : code },
      ...(isVideo ? { tags: ['media:video'] } : {}),
      ...(isSecret && source === C_LIST ? { handling: STAYS } : {}),
    }))
    await this.#put(entries)
  }

  async #change({ source, file, kinds, to }: Step & { kind: 'change' }): Promise<void> {
    const meant = [0, 1]
      .flatMap((version) => kinds.map((kind) => entriesOf(source, file, version)[kind]))
      .flatMap((entry) => this.#entries.get(knownHashKey(entry)) ?? [])
    // A list of which a part must stay: removals on unknown terms are not shown.
    if (source === C_LIST) this.#mayHide = true
    if (to === 'removed') {
      for (const entry of meant) this.#entries.delete(knownHashKey(entry))
      await this.#first.topic.remove(...meant)
    } else if (to === 'held')
      await this.#put(meant.map((entry) => curated(entry, disabled(entry, undefined))))
    else if (to === 'benign') await this.#put(meant.map((entry) => ({ ...entry, role: 'suppress' })))
    else if (to === 'restricted' && source === B_LIST)
      await this.#put(meant.map((entry) => ({ ...entry, classification: { scheme: 'ncmec', code: 'B1' } })))
    else if (to === 'restricted' && source === C_LIST)
      await this.#put(meant.map((entry) => ({ ...entry, handling: STAYS })))
    else await this.#put(meant.map((entry) => ({ ...curated(entry, enabled(entry)), role: 'match' })))
  }

  async #put(entries: readonly Entry[]): Promise<void> {
    for (const entry of entries) {
      const key = knownHashKey(entry)
      const before = this.#entries.get(key)
      if (before && mayLeave(before) && !mayLeave(entry)) this.#mayHide = true
      this.#entries.set(key, entry)
      if (mayLeave(entry)) this.#leavable.add(shown(entry))
    }
    await this.#first.topic.put(...entries)
  }
}

const ONE_FILE: Step = {
  kind: 'list',
  source: A_LIST,
  file: FILES,
  kinds: [0],
  version: 0,
  code: 'A1',
  isVideo: false,
  isSecret: false,
}

test('whatever changes at one deployment, another that follows it comes to hold the same of what it may have, and nothing else', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(steps, { minLength: 5, maxLength: 30 }), (taken) =>
      withDeployments({ client: CLIENT, sources: FOLLOWED, changes: OPEN }, async (first, second) => {
        const lists = new Lists(first)
        for (const one of [ONE_FILE, ...taken]) await lists.take(one, second)
        await lists.rest(second)
      }),
    ),
    { numRuns: 20 },
  )
})

const ALL_OF_A = { client: { ...CLIENT, sources: [A_LIST] }, sources: { theirs: A_LIST } }
const PAIR = { ours: 'theirs', theirs: A_LIST }
const filesFrom = (from: number, to: number): readonly Entry[] =>
  Array.from({ length: to - from }, (_, at) => entryOf(`f-${from + at}`))

test('a list of many pages that changes while it is read is the same at both in the end', async () => {
  await withDeployments({ ...ALL_OF_A, changes: { removesShare: 1 } }, async (first, second) => {
    const { topic } = first
    await topic.put(...filesFrom(0, 3_500))
    topic.wait(10)
    const rests = second.untilRests()
    for (let file = 0; file < 3_500; file += 50) {
      await topic.remove(entryOf(`f-${file}`))
      await topic.put({ ...entryOf(`f-${file + 1}`), held: { why: 'quarantined' } }, entryOf(`new-${file}`))
      if (file % 500 === 0) topic.wait(1)
      if (file === 1_500) await second.restart()
      await nextMacrotask()
    }
    await rests
    await second.untilRests()
    const compared = await comparison(second.log, topic.log, PAIR)
    expect(compared).toMatchObject({ isEqual: true, here: { values: 3_500 - 70 } })
  })
})

test('a large withdrawal waits there for a person, who sees its size, and is applied on their word', async () => {
  await withDeployments(ALL_OF_A, async (first, second) => {
    const { topic } = first
    await topic.put(...filesFrom(0, 100))
    await second.untilRests()
    await topic.remove(...filesFrom(0, 40))
    topic.wait(10)
    const pending = async () => (await statesIn(second.log, 'theirs')).at(-1)?.pending
    await eventually(async () => (await pending()) !== undefined)
    expect(await pending()).toMatchObject({ why: 'removes-much', before: 100, removes: 40 })
    // What waits is not applied by a restart either.
    await first.restartCompacted()
    await second.restart()
    const before = await comparison(second.log, topic.log, PAIR)
    expect(before).toMatchObject({ isEqual: false, here: { values: 100 }, there: { values: 60 } })
    await say(second.log, (await pending())?.id ?? '', 'apply', 'theirs')
    await second.untilRests()
    expect(await pending()).toBeUndefined()
    expect(await comparison(second.log, topic.log, PAIR)).toMatchObject({ isEqual: true })
  })
})

test('classes of any scheme that both know come with their scheme, and with the purpose that it has', async () => {
  const classes = [
    ['ncmec', 'B2', 'csam'],
    ['vics-us', '1', 'csam'],
    ['iwf', 'A', 'csam'],
    ['stopncii', 'listed', 'ncii'],
    ['tat', 'listed', 'terrorism'],
  ] as const
  const client = { name: 'reader', sources: [A_LIST], audiences: ['members' as const] }
  await withDeployments({ ...ALL_OF_A, client }, async (first, second) => {
    await first.topic.put(
      ...classes.map(([scheme, code, purpose]) =>
        entryOf(scheme, { classification: { scheme, code }, purpose }),
      ),
    )
    await second.untilRests()
    const { entries } = await heldBy(second.log, 'theirs')
    const came = entries.map(({ classification: { scheme, code }, purpose }) =>
      [scheme, code, purpose].join(),
    )
    expect(came.toSorted()).toEqual(classes.map((one) => one.join()).toSorted())
    expect(await comparison(second.log, first.topic.log, PAIR)).toMatchObject({ isEqual: true })
  })
})
