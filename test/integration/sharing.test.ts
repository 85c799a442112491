// `hashwarden hashset serve` and `hashset compare` as processes, with a real Kafka and TLS.
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, inject, test } from 'vitest'
import type { IncomingMessage } from 'node:http'
import { startServiceProcess } from '../../src/cli/local/service-process.ts'
import { Authority } from '../kafka/security/certificates.ts'
import { parseHashValue } from '../../src/hash/hash-value.ts'
import { knownHashKey, type KnownHash } from '../../src/contract/known-hash.ts'
import { CLIENT, digits, hashOf, PASSWORD } from '../lists/serve/shared-topic.ts'
import { basic, pageOf } from '../lists/serve/sharing.ts'
import { entry } from '../fixtures/entries.ts'
import { Deployment } from './deployment.ts'
import { withProducer } from './foreign-producer.ts'
import { Terminal } from './terminal.ts'

const HANDLING = { audience: 'members', onward: 'same-audience' } as const

function md5Entry(sourceId: string, fields: Partial<KnownHash> = {}): KnownHash {
  const value = parseHashValue('md5', digits(sourceId))
  if (value === undefined) throw new Error('The digits are an MD5.')
  return entry('md5', value, { source: 'a-list', sourceId, ...fields })
}

test('a process shares entries over TLS, shows a removal as a tombstone, and ends in order', async () => {
  await using deployment = await Deployment.on(inject('kafkaBrokers'))
  const file = (name: string, content: string): string => {
    const path = join(deployment.folder, name)
    writeFileSync(path, content, { mode: 0o600 })
    return path
  }
  const authority = new Authority('tests')
  const { certificate, key } = authority.issue({ name: 'sharing', hosts: ['127.0.0.1'] })
  const entries = ['f-1', 'f-2'].map((sourceId) => md5Entry(sourceId, { handling: HANDLING }))
  await deployment.addKnown(...entries, md5Entry('stays-here'))
  const service = await startServiceProcess({
    command: ['hashset', 'serve'],
    settings: {
      ...deployment.settings,
      sharing: {
        host: '127.0.0.1',
        port: 0,
        tls: { certificate: file('cert.pem', certificate), key: file('key.pem', key) },
        requestsPerMinute: 1_000,
        clients: [
          {
            name: 'reader',
            passwordHash: { file: file('hash', hashOf('secret')) },
            sources: ['a-list'],
            audiences: ['members'],
          },
        ],
      },
    },
    folder: deployment.folder,
  })
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

test('a removal whose writer’s clock is late has the same time in two processes, and after a start', async () => {
  await using deployment = await Deployment.on(inject('kafkaBrokers'))
  const passwordHash = { file: join(deployment.folder, 'hash') }
  writeFileSync(passwordHash.file, hashOf(PASSWORD), { mode: 0o600 })
  const clients = [{ ...CLIENT, passwordHash }]
  const sharing = { host: '127.0.0.1', port: 0, requestsPerMinute: 10_000, clients }
  const start = (name: string) =>
    startServiceProcess({
      command: ['hashset', 'serve'],
      settings: { ...deployment.settings, sharing },
      folder: join(deployment.folder, name),
    })
  const shared = md5Entry('f-1', { handling: HANDLING })
  await deployment.addKnown(shared)
  await using started = new AsyncDisposableStack()
  const first = await start('first')
  started.defer(() => first.stop())
  await expect.poll(() => seenBy(first.url)).toEqual([expect.stringMatching(/^image /)])
  const [added = ''] = await seenBy(first.url)
  // Readers have asked for ranges that end seconds after the entry came.
  const addedMs = Date.parse(added.replace('image ', ''))
  await expect.poll(() => Date.now(), { timeout: 10_000 }).toBeGreaterThan(addedMs + 2_000)
  await seenBy(first.url)
  await withProducer(deployment, {}, async (producer) => {
    const late = { key: knownHashKey(shared), value: null, timestamp: '86400000' }
    await producer.send({ topic: deployment.settings.topics.knownHashes, messages: [late] })
  })
  await expect.poll(() => seenBy(first.url)).toEqual([expect.stringMatching(/^deletedImage /)])
  const seen = await seenBy(first.url)
  const second = await start('second')
  started.defer(() => second.stop())
  await expect.poll(() => seenBy(second.url)).toEqual(seen)
})

/** What the client sees without TLS: each entry's tag and time. */
const seenBy = async (url: string): Promise<readonly (string | undefined)[]> => {
  const answer = await fetch(`${url}/v2/entries`, { headers: { authorization: basic('reader') } })
  return pageOf(await answer.text()).entries.map(({ tag, second }) => `${tag} ${second}`)
}

async function get(url: string, ca: string): Promise<{ readonly status: number; readonly body: string }> {
  const asked = request(url, { ca, agent: false, headers: { authorization: basic('reader', 'secret') } })
  asked.end()
  // The event carries the answer.
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  return { status: answer.statusCode ?? 0, body: await text(answer) }
}
