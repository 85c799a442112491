// `hashwarden gateway keys`, as a person calls it, on a log in memory.
import { expect, test } from 'vitest'
import { keysCommand } from '../../src/cli/gateway-keys.ts'
import { readKey } from '../../src/gateway/credentials/key-text.ts'
import { MemoryLog } from '../../src/log/memory-log.ts'
import { readToEnd } from '../../src/log/read-to-end.ts'
import { loadSettings } from '../../src/settings/load-settings.ts'
import { keysTopic } from '../../src/stream/topics/topics.ts'

const SETTINGS = loadSettings(undefined, {})

async function onLog() {
  const log = new MemoryLog()
  await log.createTopic(keysTopic(SETTINGS.topics.gatewayKeys))
  return {
    log,
    run: async (...args: readonly string[]): Promise<string> => {
      let printed = ''
      const write = async (output: string | Uint8Array): Promise<void> => {
        printed += String(output)
      }
      await keysCommand({
        openLog: (_options, work) => work(log, SETTINGS),
        openOutput: () => ({ write, line: (text) => write(`${text}\n`) }),
      }).parseAsync(args, { from: 'user' })
      return printed
    },
  }
}

const keyIn = (text: string): string => /hw_[\w-]+/.exec(text)?.[0] ?? ''

test('a key is shown once, and neither the list nor the topic has it', async () => {
  const { log, run } = await onLog()
  const network = ['--network', '192.0.2.0/24', '--network', '2001:db8::/32']
  const text = keyIn(await run('create', 'example', '--expires', '2099-01-01', ...network))
  const { id, digest } = readKey(text) ?? { id: 'none', digest: Buffer.alloc(0) }
  const lists = [await run('list'), await run('list', '--json')]
  expect(lists[0]).toMatch(/^ID +PLATFORM +CREATED +EXPIRES +NETWORKS +STATE\n/)
  expect(lists[0]).toMatch(
    new RegExp(`^${id} +example +.*Z +2099-01-01T00:00:00.000Z +192.0.2.0/24 2001:db8::/32 +valid$`, 'm'),
  )
  expect(JSON.parse(lists[1])).toMatchObject({ id, platform: 'example', state: 'valid' })
  let stored = ''
  await readToEnd(log, SETTINGS.topics.gatewayKeys, ({ value }) => {
    stored += String(value)
  })
  expect(stored).toContain(digest.toString('hex'))
  const secret = text.slice('hw_'.length + id.length + 1)
  for (const place of [...lists, stored]) {
    expect(place).not.toContain(secret)
    expect(place).not.toContain(secret.slice(0, 10))
  }
  for (const list of lists) expect(list).not.toContain(digest.toString('hex'))
})

test('a key is rotated and revoked by its id', async () => {
  const { run } = await onLog()
  const created = JSON.parse(await run('create', 'example', '--json'))
  expect(created).toMatchObject({ platform: 'example', key: expect.stringMatching(/^hw_/) })
  const rotated = await run('rotate', created.id, '--overlap-hours', '1')
  expect(rotated).toContain(`Key ${created.id} is valid until `)
  const { id } = readKey(keyIn(rotated)) ?? { id: 'none' }
  expect(await run('revoke', created.id)).toContain('is revoked')
  expect(await run('list')).toMatch(new RegExp(`^${created.id} .* revoked `, 'm'))
  expect(await run('list')).toMatch(new RegExp(`^${id} .* valid$`, 'm'))
  await expect(run('rotate', created.id)).rejects.toThrow('no valid key')
})

test('a line for a file of keys needs no Kafka', async () => {
  const { run, log } = await onLog()
  expect(await run('create', 'example', '--line')).toMatch(
    /hw_\S+\n.*[a-z0-9]{8} example sha256:[0-9a-f]{64}\n$/,
  )
  expect((await log.offsets(SETTINGS.topics.gatewayKeys))[0].end).toBe(0)
  await expect(run('create', 'example', '--line', '--json')).rejects.toThrow('--line alone')
})
