// `hashwarden gateway` as a process, with a real Kafka: a key that the command made, a report by HTTPS, its hit.
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, inject, test } from 'vitest'
import { startGatewayProcess } from '../../src/cli/local/gateway-start.ts'
import { startServiceProcess } from '../../src/cli/local/service-process.ts'
import { decodeReport } from '../../src/contract/report.ts'
import { Rejection } from '../../src/contract/rejection.ts'
import { KeyManager } from '../../src/gateway/credentials/manage-keys.ts'
import { readToEnd } from '../../src/log/read-to-end.ts'
import { decodeStatus } from '../../src/contract/status.ts'
import { reportOf } from '../gateway/gateway-in-memory.ts'
import { Deployment } from './deployment.ts'

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

test('reports that the process has acknowledged are in Kafka, it says so in its status, and it ends in order', async () => {
  await using deployment = await Deployment.on(inject('kafkaBrokers'))
  const { stdout } = await promisify(execFile)(process.execPath, [
    MAIN,
    'gateway',
    'keys',
    'create',
    'example',
    '--line',
  ])
  const [, key = '', line = ''] = /(hw_\S+)\n[^:]*: +(.*)\n/.exec(stdout) ?? []
  const keysFile = join(deployment.folder, 'keys')
  writeFileSync(keysFile, `${line}\n`, { mode: 0o600 })
  const { settings, log } = deployment
  const service = await startServiceProcess({
    command: ['gateway'],
    settings: { ...settings, gateway: { ...settings.gateway, port: 0, credentials: { keysFile } } },
    folder: deployment.folder,
  })
  try {
    const post = async (): Promise<{ readonly status: number; readonly body: unknown }> => {
      const answer = await fetch(`${service.url}/v1/reports`, {
        method: 'POST',
        headers: { 'x-api-key': key, 'content-type': 'application/json' },
        body: JSON.stringify(Array.from({ length: 100 }, (_, n) => reportOf(`${n}`))),
      })
      return { status: answer.status, body: await answer.json() }
    }
    // 503 until Kafka is reached.
    await expect.poll(post).toEqual({ status: 202, body: { accepted: 100, repeated: 0 } })
    expect(await post()).toEqual({ status: 202, body: { accepted: 0, repeated: 100 } })
    const stored: string[] = []
    await readToEnd(log, settings.topics.reports, ({ key: id, value }) => {
      const report = decodeReport(value)
      if (!(report instanceof Rejection) && report.platform === 'example') stored.push(String(id))
    })
    expect(stored.toSorted()).toEqual(Array.from({ length: 100 }, (_, n) => `${n}`).toSorted())
    await expect
      .poll(async () => {
        let accepted: number | undefined
        await readToEnd(log, settings.topics.status, ({ value }) => {
          const status = decodeStatus(value)
          if (!(status instanceof Rejection)) accepted = status.gateway?.platforms[0]?.accepted ?? accepted
        })
        return accepted
      })
      .toBe(100)
  } finally {
    await service.stop()
  }
  expect(await service.exitCode).toBe(0)
})

test('a key that a command makes works at two processes, and neither takes it within 5 s of its end', async () => {
  await using deployment = await Deployment.on(inject('kafkaBrokers'))
  const { settings, log } = deployment
  const keys = new KeyManager(log, settings.topics.gatewayKeys)
  const { text, key } = await keys.create({ platform: 'example' })
  const start = (folder: string): ReturnType<typeof startServiceProcess> =>
    startServiceProcess({
      command: ['gateway'],
      settings: { ...settings, gateway: { ...settings.gateway, port: 0, credentials: {} } },
      folder: join(deployment.folder, folder),
    })
  const services = [await start('one'), await start('two')]
  try {
    const post = async (): Promise<readonly number[]> =>
      Promise.all(
        services.map(async ({ url }) => {
          const headers = { authorization: `Bearer ${text}`, 'content-type': 'application/json' }
          const body = JSON.stringify(reportOf('one'))
          return (await fetch(`${url}/v1/reports`, { method: 'POST', headers, body })).status
        }),
      )
    await expect.poll(post).toEqual([202, 202])
    await keys.revoke(key.id)
    await expect.poll(post, { timeout: 5_000 }).toEqual([401, 401])
  } finally {
    await Promise.all(services.map((service) => service.stop()))
  }
})

test('the process that `npm start` runs takes the report of the line of curl that it prints, and ends without a trace', async () => {
  await using deployment = await Deployment.on(inject('kafkaBrokers'))
  const { settings, log } = deployment
  const gateway = await startGatewayProcess(settings)
  try {
    const { stdout } = await promisify(execFile)('sh', ['-c', `${gateway.curl} --silent -w ' %{http_code}'`])
    expect(stdout).toBe('{"accepted":1,"repeated":0} 202')
    const platforms: string[] = []
    await readToEnd(log, settings.topics.reports, ({ value }) => {
      const report = decodeReport(value)
      if (!(report instanceof Rejection)) platforms.push(report.platform)
    })
    expect(platforms).toContain('test-platform')
  } finally {
    await gateway.stop()
  }
  expect(() => process.kill(gateway.pid ?? 0, 0)).toThrow('ESRCH')
})
