// What readers get of a topic of known hashes, by the endpoint.
import { describe, expect, test } from 'vitest'
import { BEGIN_MS, CLIENT, digits, entryOf, entryOfType, keptEntryOf, SharedTopic } from './shared-topic.ts'
import { pageOf, readAll, startSharing } from './sharing.ts'

const NONE = { audience: 'members', onward: 'none' } as const
const time = (seconds: number): string =>
  new Date(BEGIN_MS + seconds * 1_000).toISOString().replace('.000Z', 'Z')
const idsOf = (entries: readonly { readonly id: string }[]): readonly string[] => entries.map(({ id }) => id)

describe('an entry', () => {
  test('is one file of a source with all of its hashes, its class and the time of its last change', async () => {
    const topic = await SharedTopic.make()
    await topic.put(entryOf('f-1'))
    topic.wait(60)
    await topic.put(
      entryOfType('pdq', 'ed5325524043ae3d3caea5bab6a1ade400203b7e01c6fe5f0e415f7bd978dc60', 'f-1'),
    )
    const { get } = await startSharing(topic)
    expect((await readAll(get)).entries).toEqual([
      {
        tag: 'image',
        id: 'f-1',
        second: time(60),
        classification: 'A1',
        hashes: {
          md5: digits('f-1'),
          pdq: 'ed5325524043ae3d3caea5bab6a1ade400203b7e01c6fe5f0e415f7bd978dc60',
        },
      },
    ])
  })

  test('is a video if a tag of the list or its kinds of hash say so, else a picture', async () => {
    const topic = await SharedTopic.make()
    await topic.put(
      entryOf('plain'),
      entryOf('tagged', { tags: ['viral', 'media:video'] }),
      entryOf('of-tmk'),
      keptEntryOf('tmk-pdqf', 'AAAA', 'of-tmk'),
    )
    const { get } = await startSharing(topic)
    const { entries } = await readAll(get)
    expect(entries.map(({ id, tag }) => [id, tag])).toEqual([
      ['plain', 'image'],
      ['tagged', 'video'],
      ['of-tmk', 'video'],
    ])
  })

  test('has kept hashes as NCMEC writes them: PhotoDNA in base64, large ones as empty elements', async () => {
    const topic = await SharedTopic.make()
    await topic.put(
      keptEntryOf('photodna', 'ab'.repeat(144), 'f-1'),
      keptEntryOf('videntifier', 'QUJD', 'f-1'),
    )
    const { get } = await startSharing(topic)
    const [{ hashes }] = (await readAll(get)).entries
    expect(hashes).toEqual({ pdna: Buffer.alloc(144, 0xab).toString('base64'), videntifier: '' })
  })

  test('whose id is or may be a hash value has another id, the same at every start', async () => {
    const topic = await SharedTopic.make()
    const bare = entryOf(digits('bare'))
    await topic.put(bare)
    const ids = await Promise.all(
      [1, 2].map(async () => idsOf((await readAll((await startSharing(topic)).get)).entries)),
    )
    expect(ids[0]).toEqual(ids[1])
    expect(ids[0][0]).toMatch(/^id-[0-9a-f]{32}$/)
    expect(ids[0][0]).not.toContain(bare.sourceId)
  })

  test('whose id holds a value in another form, or a part of one, has another id, and so has its withdrawal', async () => {
    const topic = await SharedTopic.make()
    const bytes = Buffer.from(digits('a value'), 'hex')
    const entries = [
      `img_${digits('a value')}.jpg`,
      digits('a value').toUpperCase(),
      digits('a value').slice(0, 12),
      `42/${digits('a value')}`,
      bytes.toString('base64url'),
      `42/${bytes.toString('base64')}`,
      // Base32 of the same bytes.
      'PQ4XQYLBMFXW44DBPBSWC3DPNY',
      digits('a value').replaceAll(/(..)(?=.)/g, '$1:'),
    ].map((id) => entryOf(id))
    // A kind of hash whose values may be short.
    await topic.put(...entries, keptEntryOf('netclean', 'abcDEF123', 'abcDEF123'), entryOf('42/esp-17'))
    const { get } = await startSharing(topic)
    const ids = idsOf((await readAll(get)).entries)
    expect(ids).toHaveLength(10)
    expect(ids.filter((id) => !/^id-[0-9a-f]{32}$/.test(id))).toEqual(['42/esp-17'])
    topic.wait(10)
    await topic.remove(...entries, keptEntryOf('netclean', 'abcDEF123', 'abcDEF123'), entryOf('42/esp-17'))
    const gone = (await readAll(get, { from: time(0) })).entries
    expect(idsOf(gone)).toEqual(ids)
  })

  test('with characters of XML in its texts is well formed', async () => {
    const topic = await SharedTopic.make()
    await topic.put(entryOf('a&b<c>"d'))
    const { get } = await startSharing(topic)
    expect((await get('/v2/entries')).text).not.toMatch(/&(?!amp;|lt;|gt;|quot;|apos;)/)
  })
})

describe('what leaves', () => {
  test('never includes an entry that is held, of another role, or may not be passed on', async () => {
    const topic = await SharedTopic.make()
    await topic.put(
      entryOf('shared'),
      entryOf('onward-none', { handling: NONE }),
      entryOf('here', { handling: { audience: 'this-deployment', onward: 'same-audience' } }),
      entryOf('police', { handling: { audience: 'law-enforcement', onward: 'same-audience' } }),
    )
    const { get } = await startSharing(topic)
    expect(idsOf((await readAll(get)).entries)).toEqual(['shared'])
    await topic.put(entryOf('held', { held: { why: 'quarantined' } }), entryOf('canary', { role: 'canary' }))
    const { entries } = await readAll(get)
    expect(idsOf(entries.filter(({ tag }) => tag === 'image'))).toEqual(['shared'])
    expect(entries.flatMap(({ hashes }) => Object.values(hashes))).toEqual([digits('shared')])
  })

  test('is what the permissions of the client name, by source, class and audience', async () => {
    const topic = await SharedTopic.make()
    const police = { audience: 'law-enforcement', onward: 'same-audience' } as const
    await topic.put(
      entryOf('a1'),
      entryOf('b2', { classification: { scheme: 'ncmec', code: 'B2' } }),
      entryOf('other', { source: 'b-list' }),
      entryOf('police', { handling: police }),
    )
    const { get } = await startSharing(topic, [
      { ...CLIENT, sources: ['a-list'], audiences: ['members'], classifications: ['ncmec:A1'], name: 'one' },
      { ...CLIENT, sources: ['a-list', 'b-list'], audiences: ['members'], name: 'two' },
      { ...CLIENT, sources: ['a-list'], audiences: ['law-enforcement'], name: 'three' },
    ])
    const seenBy = async (user: string): Promise<readonly string[]> =>
      idsOf((await readAll((path) => get(path, user))).entries)
    expect(await seenBy('one')).toEqual(['a1'])
    expect(await seenBy('two')).toEqual(['a1', 'b2', 'other'])
    expect(await seenBy('three')).toEqual(['police'])
  })

  test('by the base of a source is that source alone, and another source is not there', async () => {
    const topic = await SharedTopic.make()
    await topic.put(entryOf('a'), entryOf('b', { source: 'b-list' }), entryOf('c', { source: 'c-list' }))
    const { get } = await startSharing(topic, [
      { ...CLIENT, sources: ['a-list', 'b-list'], audiences: ['members'] },
    ])
    expect(idsOf((await readAll(get, { base: '/b-list' })).entries)).toEqual(['b'])
    expect((await get('/b-list/v2/members')).text).toContain('>b-list</member>')
    expect((await get('/c-list/v2/entries')).status).toBe(404)
    expect((await get('/unheard-of/v2/entries')).status).toBe(404)
  })
})

describe('a withdrawal', () => {
  test('is a tombstone: of a removed entry, one that is held, and one that may no longer be passed on', async () => {
    const topic = await SharedTopic.make()
    const all = ['gone', 'held', 'restricted', 'other-class', 'stays']
    await topic.put(...all.map((id) => entryOf(id)))
    const { get } = await startSharing(topic, [
      { ...CLIENT, sources: ['a-list'], audiences: ['members'], classifications: ['ncmec:A1'] },
    ])
    await readAll(get)
    topic.wait(100)
    await topic.remove(entryOf('gone'))
    await topic.put(
      entryOf('held', { held: { why: 'disabled' } }),
      entryOf('restricted', { handling: NONE }),
      entryOf('other-class', { classification: { scheme: 'ncmec', code: 'B2' } }),
    )
    const { entries } = await readAll(get, { from: time(60) })
    expect(entries).toEqual(
      ['gone', 'held', 'restricted', 'other-class'].map((id) => ({
        tag: 'deletedImage',
        id,
        second: time(100),
        classification: undefined,
        hashes: {},
      })),
    )
  })

  test('of one hash of a file is the file without it', async () => {
    const topic = await SharedTopic.make()
    const sha1 = entryOfType('sha1', digits('sha1', 40), 'f-1')
    await topic.put(entryOf('f-1'), sha1)
    topic.wait(10)
    await topic.remove(sha1)
    const { get } = await startSharing(topic)
    expect((await readAll(get)).entries).toMatchObject([{ second: time(10), hashes: { md5: digits('f-1') } }])
  })

  test('whose entry compaction has removed from the topic is a tombstone all the same', async () => {
    const topic = await SharedTopic.make()
    await topic.remove(entryOf('gone'))
    const { get } = await startSharing(topic)
    expect((await readAll(get)).entries).toMatchObject([{ tag: 'deletedImage', id: 'gone' }])
  })

  test('of an entry that the reader never could see is not shown: its id would leave', async () => {
    const topic = await SharedTopic.make()
    await topic.put(entryOf('secret', { handling: NONE }))
    const { get } = await startSharing(topic)
    await topic.remove(entryOf('secret', { handling: NONE }))
    expect((await readAll(get)).entries).toEqual([])
  })

  test('of which only the removal is left is shown whatever its class was, but not where a part of the list may not leave', async () => {
    const topic = await SharedTopic.make()
    const classes = { classifications: ['ncmec:A1'] }
    await topic.put(entryOf('shared'), entryOf('b', { classification: { scheme: 'ncmec', code: 'B2' } }))
    await topic.remove(entryOf('gone'))
    const { get } = await startSharing(topic, [
      { ...CLIENT, name: 'all' },
      { ...CLIENT, name: 'one-class', ...classes },
    ])
    const seenBy = async (user: string): Promise<readonly string[]> =>
      idsOf((await readAll((path) => get(path, user))).entries)
    expect(await seenBy('all')).toEqual(['shared', 'b', 'gone'])
    expect(await seenBy('one-class')).toEqual(['shared', 'gone'])
    await topic.put(entryOf('secret', { handling: NONE }))
    expect(await seenBy('all')).toEqual(['shared', 'b'])
    expect(await seenBy('one-class')).toEqual(['shared'])
  })

  test('of a hash that only its removal is left of is the file without it, or its tombstone for those who see nothing else of it', async () => {
    const topic = await SharedTopic.make()
    await topic.put(entryOf('f-1', { classification: { scheme: 'ncmec', code: 'B2' } }))
    await topic.remove(entryOfType('sha1', digits('sha1', 40), 'f-1'))
    const { get } = await startSharing(topic, [{ ...CLIENT, classifications: ['ncmec:A1'] }])
    expect((await readAll(get)).entries).toMatchObject([{ tag: 'deletedImage', id: 'f-1' }])
  })

  test('of an entry that suppresses is shown, though only that is left of it: it may have been a match before', async () => {
    const topic = await SharedTopic.make()
    await topic.put(entryOf('benign', { role: 'suppress' }))
    const { get } = await startSharing(topic)
    expect((await readAll(get)).entries).toMatchObject([{ tag: 'deletedImage', id: 'benign' }])
  })

  test('of an entry that never was a match is not shown: a canary, degenerate', async () => {
    const topic = await SharedTopic.make()
    const entries = [entryOf('canary', { role: 'canary' }), entryOf('grey', { held: { why: 'degenerate' } })]
    await topic.put(...entries)
    const { get } = await startSharing(topic)
    expect((await readAll(get)).entries).toEqual([])
    await topic.remove(...entries)
    expect((await readAll(get)).entries).toEqual([])
  })

  test('in a file of which one hash may not leave does not betray the file', async () => {
    const topic = await SharedTopic.make()
    await topic.put(entryOf('secret', { handling: NONE }))
    await topic.remove(entryOfType('sha1', digits('sha1', 40), 'secret'))
    const { get } = await startSharing(topic)
    expect((await readAll(get)).entries).toEqual([])
  })
})

describe('a range', () => {
  test('has what changed after `from`, and in the minute before it, up to and including `to`', async () => {
    const topic = await SharedTopic.make()
    for (const id of ['at-0', 'at-100', 'at-200']) {
      await topic.put(entryOf(id))
      topic.wait(100)
    }
    const { get } = await startSharing(topic)
    const idsIn = async (from: string, to: string): Promise<readonly string[]> =>
      idsOf((await readAll(get, { from, to })).entries)
    expect(await idsIn(time(-1), time(0))).toEqual(['at-0'])
    expect(await idsIn(time(60), time(100))).toEqual(['at-100'])
    expect(await idsIn(time(59), time(100))).toEqual(['at-0', 'at-100'])
    expect(await idsIn(time(100), time(300))).toEqual(['at-100', 'at-200'])
    expect(await idsIn(time(260), time(300))).toEqual([])
  })

  test('has a withdrawal whose transaction ended after the range before it, also in a process that started since', async () => {
    const topic = await SharedTopic.make()
    await topic.put(entryOf('wrong'))
    topic.wait(100)
    const before = await startSharing(topic)
    expect(idsOf((await readAll(before.get, { to: time(100) })).entries)).toEqual(['wrong'])
    // Its append was 20 s before the end of that range.
    topic.wait(-20)
    await topic.remove(entryOf('wrong'))
    topic.wait(40)
    const after = await startSharing(topic)
    expect((await readAll(after.get, { from: time(100) })).entries).toEqual([
      { tag: 'deletedImage', id: 'wrong', second: time(80), classification: undefined, hashes: {} },
    ])
  })

  test('that ends now is complete: what comes later in the same second has a later time', async () => {
    const topic = await SharedTopic.make()
    topic.nowMs += 200
    await topic.put(entryOf('first'))
    const { get } = await startSharing(topic)
    topic.nowMs += 200
    const before = await readAll(get, { to: time(0) })
    await topic.put(entryOf('second'))
    topic.wait(1)
    const after = await readAll(get, { from: time(0) })
    expect(idsOf([...before.entries, ...after.entries])).toEqual(['first', 'second'])
  })

  test('misses no record of a producer whose clock is late, or ahead', async () => {
    const topic = await SharedTopic.make()
    topic.wait(100)
    const { get } = await startSharing(topic)
    await topic.put(entryOf('on-time'))
    await readAll(get, { to: time(100) })
    topic.wait(-50)
    await topic.put(entryOf('late'))
    topic.wait(5_000)
    await topic.put(entryOf('ahead'))
    topic.wait(-4_900)
    const { entries } = await readAll(get, { from: time(100), to: time(201) })
    expect(idsOf(entries)).toContain('late')
  })

  test('of one second with thousands of entries is paged, each entry once, and can be taken up at each page', async () => {
    const topic = await SharedTopic.make()
    const ids = Array.from({ length: 3_500 }, (_, n) => `f-${n}`)
    await topic.put(...ids.map((id) => entryOf(id)))
    topic.wait(10)
    const { get } = await startSharing(topic)
    const range = { from: time(-1), to: time(0) }
    const { entries, pages } = await readAll(get, range)
    expect(idsOf(entries)).toEqual(ids)
    expect(pages).toBe(4)
    const { next = '' } = pageOf((await get(`/v2/entries?from=${range.from}&to=${range.to}`)).text)
    expect(next).toMatch(/^\/v2\/entries\?.*start=\d+&size=1000&max=\d+$/)
    // Another process on the same topic takes the same `next`.
    const other = await startSharing(topic)
    expect(pageOf((await other.get(next)).text)).toEqual(pageOf((await get(next)).text))
  })

  test('with a file that changes between two pages has each other file once', async () => {
    const topic = await SharedTopic.make()
    const ids = Array.from({ length: 2_000 }, (_, n) => `f-${n}`)
    await topic.put(...ids.map((id) => entryOf(id)))
    topic.wait(10)
    const { get } = await startSharing(topic)
    const range = `from=${time(-1)}&to=${time(0)}`
    const first = pageOf((await get(`/v2/entries?${range}`)).text)
    await topic.put(entryOf('f-1500', { classification: { scheme: 'ncmec', code: 'B2' } }))
    const second = pageOf((await get(first.next ?? '')).text)
    const seen = idsOf([...first.entries, ...second.entries])
    expect(new Set(seen).size).toBe(seen.length)
    expect(seen).toEqual(ids.filter((id) => id !== 'f-1500'))
    expect(idsOf((await readAll(get, { from: time(60) })).entries)).toEqual(['f-1500'])
  })

  test('gives times without fractions, and none for an empty list', async () => {
    const topic = await SharedTopic.make()
    topic.nowMs += 300
    await topic.put(entryOf('f-1'))
    topic.wait(1)
    const { get } = await startSharing(topic)
    const { text } = await get('/v2/entries')
    expect(text).toContain(`<images count="1" maxTimestamp="${time(1)}">`)
    expect(text).toContain('<videos count="0"></videos>')
  })
})

test('the order stays right when thousands of changes make old places stale', async () => {
  const topic = await SharedTopic.make()
  const ids = Array.from({ length: 50 }, (_, n) => `f-${n}`)
  for (let round = 0; round < 300; round++) {
    const code = round % 2 === 0 ? 'A1' : 'B2'
    await topic.put(...ids.map((id) => entryOf(id, { classification: { scheme: 'ncmec', code } })))
  }
  const { get } = await startSharing(topic)
  expect(idsOf((await readAll(get)).entries)).toEqual(ids)
})
