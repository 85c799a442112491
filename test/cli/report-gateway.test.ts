// `hashwarden report --gateway`, as a process, against a gateway on the log in memory.
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { secretFile, startGateway } from '../gateway/gateway-in-memory.ts'
import { newSpool } from '../report-client/client-of.ts'
import { outgoing } from '../report-client/outgoing.ts'
import { samplePicture } from '../report-client/sample-picture.ts'

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

interface Run {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

const report = (...words: readonly string[]): Promise<Run> =>
  new Promise((resolve) => {
    execFile(process.execPath, [MAIN, 'report', ...words], (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    )
  })

test('files are reported by HTTPS under the platform of the key, and their ids are printed', async () => {
  const gateway = await startGateway()
  const picture = join(newSpool(), 'picture.png')
  await samplePicture(picture)
  const keyFile = secretFile(`${gateway.keyOf('example')}\n`)
  const { code, stdout, stderr } = await report(
    picture,
    '--json',
    '--gateway',
    gateway.url,
    '--key-file',
    keyFile,
  )
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const { name, reportId } = JSON.parse(stdout) as { readonly name: string; readonly reportId: string }
  expect(name).toBe(picture)
  expect((await gateway.written()).map(({ value }) => value)).toMatchObject([
    { reportId, platform: 'example' },
  ])
})

test('a report that the gateway does not take is named, with the reason, and the others are taken', async () => {
  const gateway = await startGateway()
  const lines = join(newSpool(), 'reports.ndjson')
  const used = { ...outgoing('used'), platform: 'example' }
  const other = { ...used, contentRef: 'another' }
  const keyFile = secretFile(gateway.keyOf('example'))
  writeFileSync(lines, JSON.stringify(used))
  const words = ['--ndjson', lines, '--gateway', gateway.url, '--key-file', keyFile]
  expect(await report(...words)).toMatchObject({ code: 0, stdout: 'used  line 1\n' })
  writeFileSync(lines, `${JSON.stringify(other)}\n${JSON.stringify({ ...used, reportId: 'new' })}\n`)
  const second = await report(...words)
  expect(second).toMatchObject({ code: 1, stdout: 'new  line 2\n' })
  expect(second.stderr).toMatch(/^line 1: the gateway did not take the report: /)
  expect(await gateway.written()).toHaveLength(2)
})

test('an address without a key, or one that is none, is refused with a sentence', async () => {
  expect(await report('a.png', '--gateway', 'https://example.org')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('--gateway and --key-file belong together') as string,
  })
  expect(await report('a.png', '--gateway', 'example', '--key-file', 'key')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('an address like https://') as string,
  })
})
