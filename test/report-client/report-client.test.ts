// The client against a real gateway, on the log in memory.
import { createReadStream, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Static } from 'typebox'
import { expect, test } from 'vitest'
import type { OutgoingReport } from '../../src/report-client/client-types.ts'
import { HashingError } from '../../src/report-client/index.ts'
import { SpoolFullError } from '../../src/report-client/spool/spool.ts'
import type { SubmittedReport } from '../../src/contract/gateway.ts'
import { startGateway } from '../gateway/gateway-in-memory.ts'
import { eventually } from '../fixtures/eventually.ts'
import { newSpool, openClient } from './client-of.ts'
import { outgoing } from './outgoing.ts'
import { samplePicture } from './sample-picture.ts'
import { startStandIn } from './stand-in.ts'

/** The package's own type takes what the contract has. */
const taken: OutgoingReport = {} as Static<typeof SubmittedReport>

const numbered = (count: number): readonly OutgoingReport[] =>
  Array.from({ length: count }, (_, at) => outgoing(`report-${at}`))

test('what was submitted is in the topic after a flush, with the platform of the key', async () => {
  const gateway = await startGateway()
  const { client, said } = openClient({ url: gateway.url, key: gateway.keyOf('example'), batchReports: 40 })
  await Promise.all(numbered(100).map((report) => client.submit(report)))
  await client.flush()
  const written = await gateway.written()
  expect(written.map(({ key }) => key).toSorted()).toEqual(
    numbered(100)
      .map(({ reportId }) => reportId)
      .toSorted(),
  )
  expect(new Set(written.map(({ value }) => value['platform']))).toEqual(new Set(['example']))
  expect(said.accepted?.reduce((sum, { accepted }) => sum + accepted, 0)).toBe(100)
  expect(said.retry).toBeUndefined()
  expect(taken).toEqual({})
})

test('a report is sent by itself soon after, without a flush', async () => {
  const gateway = await startGateway()
  const { client } = openClient({ url: gateway.url, key: gateway.keyOf('example') })
  await client.submit(outgoing('alone'))
  await eventually(async () => (await gateway.written()).length === 1)
})

test('of a picture the hashes are reported, and never the picture, from a path, its bytes or a stream alike', async () => {
  const gateway = await startGateway()
  const { client } = openClient({ url: gateway.url, key: gateway.keyOf('example') })
  const path = join(newSpool(), 'picture.png')
  const picture = await samplePicture(path)
  const facts = { contentRef: 'post-7', fields: { actorRef: 'a-member' } }
  const ofPath = await client.report(path, { ...facts, reportId: 'of-path' })
  await client.report(picture, { ...facts, reportId: 'of-bytes' })
  await client.report(createReadStream(path), { ...facts, reportId: 'of-stream' })
  await client.flush()
  expect(ofPath).toEqual({ reportIds: ['of-path'] })
  const written = (await gateway.written()).map(({ value }) => value)
  const types = ['sha256', 'sha1', 'md5', 'pdq', 'blockhash']
  for (const report of written) {
    expect(report).toMatchObject({ contentRef: 'post-7', actorRef: 'a-member', mediaType: 'image' })
    expect((report['hashes'] as { type: string }[]).map(({ type }) => type).toSorted()).toEqual(
      types.toSorted(),
    )
  }
  expect(new Set(written.map(({ hashes }) => JSON.stringify(hashes)))).toHaveProperty('size', 1)
  await expect(client.report(join(newSpool(), 'none.png'))).rejects.toThrow(HashingError)
})

test('a report that can’t be taken is kept beside the spool, told of, and holds up no other', async () => {
  const gateway = await startGateway()
  const spool = newSpool()
  const { client, said } = openClient({ url: gateway.url, key: gateway.keyOf('example'), spool })
  const bad = outgoing('bad', { mediaType: 'sound' })
  await Promise.all([outgoing('one'), bad, outgoing('two')].map((report) => client.submit(report)))
  await client.flush()
  expect((await gateway.written()).map(({ key }) => key).toSorted()).toEqual(['one', 'two'])
  expect(said.rejected).toEqual([{ reportId: 'bad', status: 400, detail: expect.any(String) as string }])
  const [line] = readFileSync(join(spool, 'rejected.ndjson'), 'utf8').trim().split('\n')
  expect(JSON.parse(line)).toEqual({ status: 400, detail: said.rejected?.[0].detail, report: bad })
})

test('an id that was used for another report is told of; the same report again is no fault', async () => {
  const gateway = await startGateway()
  const { client, said } = openClient({ url: gateway.url, key: gateway.keyOf('example') })
  await client.submit(outgoing('used'))
  await client.flush()
  await client.submit(outgoing('used'))
  await client.submit(outgoing('used', { contentRef: 'another' }))
  await client.flush()
  expect(said.accepted?.reduce((sum, { repeated }) => sum + repeated, 0)).toBe(1)
  expect(said.rejected).toMatchObject([{ reportId: 'used', status: 409 }])
  expect(await gateway.written()).toHaveLength(1)
})

test('while the gateway is away reports wait on disk, and another process brings them', async () => {
  const gateway = await startGateway()
  const spool = newSpool()
  const away = openClient({ url: 'http://127.0.0.1:9', key: gateway.keyOf('example'), spool })
  for (const report of numbered(20)) await away.client.submit(report)
  await eventually(async () => (away.said.retry?.length ?? 0) > 2)
  expect(await away.client.close(10)).toBe(false)
  const back = openClient({ url: gateway.url, key: gateway.keyOf('example'), spool })
  await eventually(async () => (await gateway.written()).length === 20)
  expect(await back.client.close()).toBe(true)
})

test('a wrong key loses nothing: the client says so, and goes on once the key is right', async () => {
  const gateway = await startGateway()
  let key = 'hw_wrong'
  const { client, said } = openClient({ url: gateway.url, key: () => key })
  await client.submit(outgoing('one'))
  await eventually(async () => (said.retry?.length ?? 0) > 1)
  expect(said.retry?.[0]).toMatchObject({ status: 401 })
  key = gateway.keyOf('example')
  await client.flush()
  expect(await gateway.written()).toHaveLength(1)
})

test('a full spool refuses reports until the gateway is back', async () => {
  let isBack = false
  const standIn = await startStandIn(({ ids }) =>
    isBack ? { status: 202, body: { accepted: ids.length, repeated: 0 } } : { status: 503 },
  )
  const { client, said } = openClient({ url: standIn.url, key: 'a key', spoolBytes: 600 })
  await client.submit(outgoing('one'))
  await client.submit(outgoing('two'))
  await expect(client.submit(outgoing('three'))).rejects.toThrow(SpoolFullError)
  isBack = true
  await client.flush()
  await client.submit(outgoing('three'))
  await client.flush()
  expect(said.accepted?.reduce((sum, { accepted }) => sum + accepted, 0)).toBe(3)
})

test('what the server asks for is waited for', async () => {
  const asked: number[] = []
  const standIn = await startStandIn(() => {
    asked.push(Date.now())
    return asked.length === 1
      ? { status: 429, headers: { 'retry-after': '1' } }
      : { status: 202, body: { accepted: 1, repeated: 0 } }
  })
  const { client, said } = openClient({ url: standIn.url, key: 'a key' })
  await client.submit(outgoing('one'))
  await client.flush()
  expect(said.retry?.[0]).toMatchObject({ status: 429 })
  expect(said.retry?.[0].inMs).toBeGreaterThanOrEqual(1_000)
  expect(asked[1] - asked[0]).toBeGreaterThanOrEqual(990)
})

test('answers of something between the client and the gateway lose nothing', async () => {
  const answers = [
    { status: 400, text: '<html>blocked</html>' },
    { status: 413, text: '' },
    { status: 202, text: 'ok' },
    { status: 202, body: { accepted: 7, repeated: 0 } },
    { status: 302, headers: { location: 'http://127.0.0.1:9/' } },
    { status: 500, body: { title: 'Something went wrong' } },
    { status: 202, body: { accepted: 1, repeated: 0 } },
  ]
  let at = 0
  const standIn = await startStandIn(() => answers[at++])
  const { client, said } = openClient({ url: standIn.url, key: 'a key' })
  await client.submit(outgoing('one'))
  await client.flush()
  expect(said.retry).toHaveLength(6)
  expect(said.rejected).toBeUndefined()
  expect(said.accepted).toEqual([{ accepted: 1, repeated: 0 }])
})

test('a refusal that names no report is narrowed down to the one that it is of', async () => {
  const standIn = await startStandIn(({ ids }) =>
    ids.includes('bad')
      ? { status: 413, body: { type: 'urn:hashwarden:problem:too-large', title: 'Too large' } }
      : { status: 202, body: { accepted: ids.length, repeated: 0 } },
  )
  const { client, said } = openClient({ url: standIn.url, key: 'a key' })
  await Promise.all(['a', 'b', 'bad', 'c', 'd'].map((id) => client.submit(outgoing(id))))
  await client.flush()
  expect(said.rejected).toEqual([{ reportId: 'bad', status: 413, detail: 'Too large' }])
  expect(said.accepted?.reduce((sum, { accepted }) => sum + accepted, 0)).toBe(4)
})

test('a closed client takes no more, and says whether all was sent', async () => {
  const gateway = await startGateway()
  const { client } = openClient({ url: gateway.url, key: gateway.keyOf('example'), batchMs: 60_000 })
  await client.submit(outgoing('one'))
  expect(await client.close()).toBe(true)
  expect(await gateway.written()).toHaveLength(1)
  await expect(client.submit(outgoing('two'))).rejects.toThrow('The client is closed')
})
