import { describe, expect, test } from 'vitest'
import { decodeEntry, decodeKnownHash, type Entry } from '../../src/contract/known-hash.ts'
import { Rejection } from '../../src/contract/rejection.ts'
import { PlainKnownSet } from '../known/plain-known-set.ts'
import { readList } from '../../src/lists/read-list.ts'
import { importList, removeList, type ListTerms, type PublishOutcome } from '../../src/lists/publish-list.ts'
import { MemoryLog } from '../../src/log/memory-log.ts'
import { readToEnd } from '../../src/log/read-to-end.ts'
import { listFile } from './list-files.ts'

const TOPIC = 'known-hashes'
const A = 'a1'.repeat(8) + 'a2'.repeat(8)
const B = 'b1'.repeat(8) + 'b2'.repeat(8)
const TERMS: ListTerms = {
  source: 'ncmec',
  classification: { scheme: 'ncmec', code: 'A1' },
  role: 'match',
  purpose: 'csam',
}
const FIRST = new Date('2026-01-01T00:00:00Z')
const LATER = new Date('2026-02-02T00:00:00Z')

/** A topic, what the importer does to it, and what a matcher would make of it. */
class KnownHashesTopic {
  readonly #log = new MemoryLog()

  static async make(): Promise<KnownHashesTopic> {
    const topic = new KnownHashesTopic()
    await topic.#log.createTopic({ topic: TOPIC, partitions: 1, config: {} })
    return topic
  }

  import(list: string, terms: Partial<ListTerms> = {}, now = FIRST): Promise<PublishOutcome> {
    return importList(this.#log, TOPIC, readList(listFile(list)), { ...TERMS, ...terms }, { now })
  }

  remove(list: string, source = TERMS.source): Promise<PublishOutcome> {
    return removeList(this.#log, TOPIC, readList(listFile(list)), source)
  }

  /** Number of records ever published. */
  async length(): Promise<number> {
    const [{ end }] = await this.#log.offsets(TOPIC)
    return end
  }

  /** The entries that live, by key. */
  async entries(): Promise<ReadonlyMap<string, Entry>> {
    const entries = new Map<string, Entry>()
    await readToEnd(this.#log, TOPIC, ({ key, value }) => {
      const change = decodeEntry(key, value)
      if (change instanceof Rejection) throw new Error(change.toString())
      if (change.entry) entries.set(change.key, change.entry)
      else entries.delete(change.key)
    })
    return entries
  }

  async keys(): Promise<readonly string[]> {
    return [...(await this.entries()).keys()].sort()
  }

  async set(): Promise<PlainKnownSet> {
    const set = new PlainKnownSet()
    await readToEnd(this.#log, TOPIC, ({ key, value, offset }) => {
      const change = decodeKnownHash(key, value)
      if (!(change instanceof Rejection) && change !== 'not-searched') set.apply(change, offset)
    })
    return set
  }

  async publish(key: string, value: string | null): Promise<void> {
    await this.#log.produce(TOPIC, [{ key, value }])
  }
}

const count = (fields: Partial<PublishOutcome>): PublishOutcome => ({
  added: 0,
  changed: 0,
  unchanged: 0,
  removed: 0,
  absent: 0,
  degenerate: 0,
  badLines: [],
  ...fields,
})

describe('importing a list', () => {
  test('publishes an entry a line, with what the list was said to be', async () => {
    const topic = await KnownHashesTopic.make()
    expect(await topic.import(`md5 ${A}\nmd5 ${B} file-2\n`)).toEqual(count({ added: 2 }))
    expect([...(await topic.entries())]).toEqual([
      [
        `md5:${A}:ncmec:${A}`,
        {
          schema: 'known-hash/1',
          type: 'md5',
          value: A,
          sourceId: A,
          ...TERMS,
          handling: { audience: 'this-deployment', onward: 'none' },
          addedAt: '2026-01-01T00:00:00.000Z',
        },
      ],
      [`md5:${B}:ncmec:file-2`, expect.objectContaining({ value: B, sourceId: 'file-2' })],
    ])
  })

  test('twice publishes nothing the second time, and the first addedAt stays', async () => {
    const topic = await KnownHashesTopic.make()
    const list = `md5 ${A}\nmd5 ${B} file-2\n`
    await topic.import(list)
    const { digest } = await topic.set()
    expect(await topic.import(list, {}, LATER)).toEqual(count({ unchanged: 2 }))
    expect(await topic.length()).toBe(2)
    expect((await topic.set()).digest).toBe(digest)
  })

  test('with a line that is there twice publishes it once', async () => {
    const topic = await KnownHashesTopic.make()
    expect(await topic.import(`md5 ${A}\nmd5 ${A.toUpperCase()}\n`)).toEqual(
      count({ added: 1, unchanged: 1 }),
    )
    expect(await topic.length()).toBe(1)
  })

  test('under another classification changes the entries, which keep their first addedAt', async () => {
    const topic = await KnownHashesTopic.make()
    await topic.import(`md5 ${A}\n`)
    const classification = { scheme: 'ncmec', code: 'B2' }
    expect(await topic.import(`md5 ${A}\n`, { classification }, LATER)).toEqual(count({ changed: 1 }))
    expect([...(await topic.entries()).values()]).toMatchObject([
      { classification, addedAt: '2026-01-01T00:00:00.000Z' },
    ])
    expect((await topic.set()).entries).toBe(1)
  })

  test('of another source adds entries of its own', async () => {
    const topic = await KnownHashesTopic.make()
    await topic.import(`md5 ${A}\n`)
    expect(await topic.import(`md5 ${A}\n`, { source: 'iwf' }, LATER)).toEqual(count({ added: 1 }))
    expect(await topic.keys()).toEqual([`md5:${A}:iwf:${A}`, `md5:${A}:ncmec:${A}`])
  })

  test('again after a removal adds it anew', async () => {
    const topic = await KnownHashesTopic.make()
    await topic.import(`md5 ${A}\n`)
    await topic.remove(`md5 ${A}\n`)
    expect(await topic.import(`md5 ${A}\n`, {}, LATER)).toEqual(count({ added: 1 }))
    expect([...(await topic.entries()).values()]).toMatchObject([{ addedAt: '2026-02-02T00:00:00.000Z' }])
  })

  test('with bad lines imports the good ones and tells the bad ones', async () => {
    const topic = await KnownHashesTopic.make()
    const outcome = await topic.import(`bad\nmd5 ${A}\nmd5 ${B} a\u0001b\nmd5 ${B}\n`)
    expect(outcome).toMatchObject({ added: 2, badLines: [{ line: 1 }, { line: 3 }] })
    expect(await topic.keys()).toEqual([`md5:${A}:ncmec:${A}`, `md5:${B}:ncmec:${B}`])
  })

  test('is not disturbed by records of the topic that are no entries', async () => {
    const topic = await KnownHashesTopic.make()
    await topic.import(`md5 ${A}\n`)
    await topic.publish('_topic', '{"schema":"topic/1"}')
    await topic.publish(`md5:${B}:ncmec:${B}`, '{"broken":')
    expect(await topic.import(`md5 ${A}\nmd5 ${B}\n`, {}, LATER)).toEqual(count({ added: 1, unchanged: 1 }))
  })

  test('of more lines than a batch holds publishes all of them, in order', async () => {
    const topic = await KnownHashesTopic.make()
    const lines = Array.from({ length: 12_001 }, (_, n) => `md5 ${(n + 1).toString(16).padStart(32, '0')}`)
    expect(await topic.import(lines.join('\n'))).toEqual(count({ added: 12_001 }))
    expect(await topic.length()).toBe(12_001)
  })

  test('with terms that break the contract publishes nothing, and the error tells no value', async () => {
    const topic = await KnownHashesTopic.make()
    const importing = topic.import(`md5 ${A}\n`, { source: 'NOT A SOURCE' })
    await expect(importing).rejects.toThrow(/malformed-value at \/source/)
    await expect(importing).rejects.not.toThrow(new RegExp(A))
    expect(await topic.length()).toBe(0)
  })
})

describe('degenerate values', () => {
  const zeros = '0'.repeat(64)
  const empty = 'd41d8cd98f00b204e9800998ecf8427e'

  test('are refused by an import, each with its line, and counted', async () => {
    const topic = await KnownHashesTopic.make()
    const outcome = await topic.import(
      `md5 ${A}\npdq ${zeros} file-1\nMD5 ${empty.toUpperCase()}\nmd5 ${B}\n`,
    )
    expect(outcome).toEqual(
      count({
        added: 2,
        degenerate: 2,
        badLines: [
          { line: 2, problem: expect.stringMatching(/^the pdq value is refused: .*one byte/) },
          { line: 3, problem: expect.stringMatching(/^the md5 value is refused: .*empty file/) },
        ],
      }),
    )
    expect(await topic.length()).toBe(2)
  })

  test('that the topic has from before can be removed', async () => {
    const topic = await KnownHashesTopic.make()
    const key = `md5:${empty}:ncmec:file-1`
    await topic.publish(key, '{"as":"an older version wrote it"}')
    expect(await topic.remove(`md5 ${empty}\n`)).toEqual(count({ removed: 1 }))
    expect(await topic.remove(`md5 ${empty}\n`)).toEqual(count({ absent: 1 }))
  })
})

describe('removing', () => {
  const list = `md5 ${A} file-1\nmd5 ${A} file-2\nmd5 ${B} file-1\n`

  test('a line with an id removes that entry only', async () => {
    const topic = await KnownHashesTopic.make()
    await topic.import(list)
    expect(await topic.remove(`md5 ${A} file-1\n`)).toEqual(count({ removed: 1 }))
    expect(await topic.keys()).toEqual([`md5:${A}:ncmec:file-2`, `md5:${B}:ncmec:file-1`])
  })

  test('a line without an id removes all that the source has of the value', async () => {
    const topic = await KnownHashesTopic.make()
    await topic.import(list)
    await topic.import(`md5 ${A}\n`)
    expect(await topic.remove(`md5 ${A.toUpperCase()}\n`)).toEqual(count({ removed: 3 }))
    expect(await topic.keys()).toEqual([`md5:${B}:ncmec:file-1`])
  })

  test('leaves the entries of other sources alone, and with them the value', async () => {
    const topic = await KnownHashesTopic.make()
    await topic.import(`md5 ${A}\n`)
    await topic.import(`md5 ${A}\n`, { source: 'iwf' })
    await topic.remove(`md5 ${A}\n`)
    expect(await topic.keys()).toEqual([`md5:${A}:iwf:${A}`])
    expect((await topic.set()).liveValues('md5')).toBe(1)
  })

  test('what is not there, or a second time, publishes nothing', async () => {
    const topic = await KnownHashesTopic.make()
    await topic.import(`md5 ${A}\n`)
    expect(await topic.remove(`md5 ${A}\nmd5 ${A}\nmd5 ${B}\n`)).toEqual(count({ removed: 1, absent: 2 }))
    expect(await topic.remove(`md5 ${A}\n`)).toEqual(count({ absent: 1 }))
    expect(await topic.length()).toBe(2)
  })

  test('an id that looks like another value removes nothing else', async () => {
    const topic = await KnownHashesTopic.make()
    await topic.import(`md5 ${A} ${B}\n`)
    expect(await topic.remove(`md5 ${B}\n`)).toEqual(count({ absent: 1 }))
    expect(await topic.remove(`md5 ${A} ${B}\n`)).toEqual(count({ removed: 1 }))
  })
})
