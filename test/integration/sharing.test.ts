// `hashwarden hashset serve` and `hashset compare` as processes, with a real Kafka and TLS.
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, inject, test } from 'vitest'
import type { IncomingMessage } from 'node:http'
import { knownHashKey } from '../../src/contract/known-hash.ts'
import { Authority } from '../kafka/security/certificates.ts'
import { basic, pageOf } from '../lists/serve/sharing.ts'
import { Deployment } from './deployment.ts'
import { withProducer } from './foreign-producer.ts'
import { md5Entry, READER, startSharingProcess } from './sharing-process.ts'
import { Terminal } from './terminal.ts'

const STAYS = { audience: 'this-deployment', onward: 'none' } as const

test('a process shares entries over TLS, shows a removal as a tombstone, and ends in order', async () => {
  await using deployment = await Deployment.on(inject('kafkaBrokers'))
  const authority = new Authority('tests')
  const entries = ['f-1', 'f-2'].map((sourceId) => md5Entry(sourceId))
  await deployment.addKnown(...entries, md5Entry('stays-here', { handling: STAYS }))
  const service = await startSharingProcess(deployment, authority)
  try {
    expect(service.url).toMatch(/^https:/)
    const ids = async () => {
      const { status, body } = await get(`${service.url}/v2/entries`, authority.certificate)
      return status === 200 ? pageOf(body).entries.map(({ id, tag }) => `${tag} ${id}`) : status
    }
    // 503 while the topic is still being read.
    await expect.poll(ids).toEqual(['image f-1', 'image f-2'])
    await deployment.removeKnown(entries[0])
    // Its time is the next whole second.
    await expect.poll(ids).toEqual(['image f-2', 'deletedImage f-1'])
  } finally {
    await service.stop()
  }
  expect(await service.exitCode).toBe(0)
})

test('two summaries of one set compare as equal, and as different once an entry is gone', async () => {
  await using deployment = await Deployment.on(inject('kafkaBrokers'))
  const terminal = new Terminal(deployment)
  const keyFile = join(deployment.folder, 'compare.key')
  writeFileSync(keyFile, randomBytes(32).toString('hex'), { mode: 0o600 })
  const entries = ['f-1', 'f-2'].map((sourceId) => md5Entry(sourceId))
  await deployment.addKnown(...entries)
  // The other side does not learn that we have it, and it makes no difference.
  await deployment.addKnown({ ...md5Entry('f-3'), source: 'ours-alone' })
  const compare = ['hashset', 'compare', '--key-file', keyFile]
  const there = join(deployment.folder, 'there.json')
  const ofAll = await terminal.run([...compare, '--json'])
  expect(ofAll).toMatchObject({ code: 1, out: '' })
  expect(ofAll.err).toContain('--source')
  writeFileSync(there, (await terminal.run([...compare, '--json', '--source', 'a-list'])).out)
  expect(await terminal.run([...compare, there])).toMatchObject({
    code: 0,
    out: expect.stringContaining('equal'),
  })
  expect(readFileSync(there, 'utf8')).not.toContain('ours-alone')
  await deployment.removeKnown(entries[0], entries[1])
  expect(await terminal.run([...compare, there])).toMatchObject({
    code: 2,
    out: expect.stringMatching(/a-list .* differs in [1-9]\d* of 256 parts/),
  })
})

test('a removal whose writer’s clock is late keeps its time when the process starts again, so that no reader misses it', async () => {
  await using deployment = await Deployment.on(inject('kafkaBrokers'))
  const authority = new Authority('tests')
  const shared = md5Entry('f-1')
  await deployment.addKnown(shared)
  const seenBy = async (url: string): Promise<readonly string[]> => {
    const { body } = await get(`${url}/v2/entries`, authority.certificate)
    return pageOf(body).entries.map(({ tag, second }) => `${tag} ${second}`)
  }
  const before = await startSharingProcess(deployment, authority)
  let seen: readonly string[]
  try {
    await expect.poll(() => seenBy(before.url)).toEqual([expect.stringMatching(/^image /)])
    const [added = ''] = await seenBy(before.url)
    // Readers have asked for ranges that end seconds after the entry came.
    const addedMs = Date.parse(added.replace('image ', ''))
    await expect.poll(() => Date.now(), { timeout: 10_000 }).toBeGreaterThan(addedMs + 2_000)
    await seenBy(before.url)
    await withProducer(deployment, {}, async (producer) => {
      const late = { key: knownHashKey(shared), value: null, timestamp: '86400000' }
      await producer.send({ topic: deployment.settings.topics.knownHashes, messages: [late] })
    })
    await expect.poll(() => seenBy(before.url)).toEqual([expect.stringMatching(/^deletedImage /)])
    seen = await seenBy(before.url)
  } finally {
    await before.stop()
  }
  const after = await startSharingProcess(deployment, authority)
  try {
    await expect.poll(() => seenBy(after.url)).toEqual(seen)
  } finally {
    await after.stop()
  }
})

async function get(url: string, ca: string): Promise<{ readonly status: number; readonly body: string }> {
  const asked = request(url, {
    ca,
    agent: false,
    headers: { authorization: basic(READER.name, READER.password) },
  })
  asked.end()
  // The event carries the answer.
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  return { status: answer.statusCode ?? 0, body: await text(answer) }
}
