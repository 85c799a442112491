import { describe, expect, onTestFinished, test } from 'vitest'
import { Health } from '../../src/telemetry/health.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { serveTelemetry } from '../../src/telemetry/server.ts'

describe('health', () => {
  test('is ready when nothing is waited for any more, and tells each change', () => {
    const told: boolean[] = []
    const health = new Health((ready) => told.push(ready))
    health.waitFor('kafka', 'not connected')
    health.waitFor('known-set', 'not read yet')
    health.ready('kafka')
    expect(health.isReady).toBe(false)
    expect(health.waitingFor).toEqual({ 'known-set': 'not read yet' })
    health.ready('known-set')
    expect(health.isReady).toBe(true)
    expect(health.waitingFor).toEqual({})
    expect(told).toEqual([false, false, false, true])
  })

  test('says the newest reason of a part, and waits for it again when it is lost', () => {
    const health = new Health()
    health.waitFor('known-set', 'at 1 of 5')
    health.waitFor('known-set', 'at 2 of 5')
    expect(health.waitingFor).toEqual({ 'known-set': 'at 2 of 5' })
    health.ready('known-set')
    health.waitFor('known-set', 'fewer than minEntries')
    expect(health.isReady).toBe(false)
  })

  test('is not told again by a part that was ready', () => {
    const told: boolean[] = []
    const health = new Health((ready) => told.push(ready))
    health.ready('kafka')
    expect(told).toEqual([])
  })
})

async function serve() {
  const metrics = createMetrics()
  const health = new Health((ready) => metrics.ready.set(ready ? 1 : 0))
  const server = await serveTelemetry(metrics, health, { host: '127.0.0.1', port: 0 })
  onTestFinished(() => server.close())
  const get = async (path: string) => {
    const response = await fetch(`${server.url}${path}`)
    return {
      status: response.status,
      type: response.headers.get('content-type'),
      text: await response.text(),
    }
  }
  return { metrics, health, server, get }
}

describe('the telemetry server', () => {
  test('listens on the address asked for, at a free port', async () => {
    const { server } = await serve()
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
  })

  test('/healthz says that the process lives, ready or not', async () => {
    const { health, get } = await serve()
    health.waitFor('kafka', 'not connected')
    expect(await get('/healthz')).toMatchObject({ status: 200, text: '{"status":"alive"}' })
  })

  test('/readyz is 503 with the reasons until all is ready, then 200, and 503 again', async () => {
    const { health, get } = await serve()
    health.waitFor('known-set', 'reading known-hashes: at 1 of 5')
    const waiting = await get('/readyz')
    expect(waiting.status).toBe(503)
    expect(JSON.parse(waiting.text)).toEqual({
      status: 'waiting',
      waitingFor: { 'known-set': 'reading known-hashes: at 1 of 5' },
    })
    health.ready('known-set')
    expect(await get('/readyz')).toMatchObject({ status: 200, text: '{"status":"ready"}' })
    health.waitFor('kafka', 'The broker is away')
    expect((await get('/readyz')).status).toBe(503)
  })

  test('/metrics is Prometheus text with what was counted', async () => {
    const { metrics, health, get } = await serve()
    metrics.reports.inc(3)
    metrics.hits.inc({ grade: 'exact' })
    metrics.deadLetters.inc({ code: 'not-json' })
    health.waitFor('kafka', 'not connected')
    const { status, type, text } = await get('/metrics')
    expect(status).toBe(200)
    expect(type).toMatch(/^text\/plain/)
    expect(text).toMatch(/^hashwarden_reports_total 3$/m)
    expect(text).toMatch(/^hashwarden_hits_total\{grade="exact"\} 1$/m)
    expect(text).toMatch(/^hashwarden_dead_letters_total\{code="not-json"\} 1$/m)
    expect(text).toMatch(/^hashwarden_ready 0$/m)
    expect(text).toMatch(/^process_cpu_seconds_total /m)
    expect(text).toMatch(/^process_start_time_seconds \d{10}$/m)
  })

  test('answers nothing else', async () => {
    const { get } = await serve()
    expect((await get('/')).status).toBe(404)
  })

  test('is gone once it is closed', async () => {
    const { server, get } = await serve()
    await server.close()
    await expect(get('/healthz')).rejects.toThrow()
  })

  test('two processes in one do not share their counts', async () => {
    const [one, other] = [await serve(), await serve()]
    one.metrics.reports.inc()
    expect((await other.get('/metrics')).text).toMatch(/^hashwarden_reports_total 0$/m)
  })
})
