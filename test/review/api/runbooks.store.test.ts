// What an operator can open whom an alert has woken.
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runbookUrl } from '../../../src/telemetry/panels/runbooks.ts'
import { ALERTS } from '../../deploy/known-metrics.ts'
import { openReviewApi, type ReviewApi } from './review-api.ts'

let api: ReviewApi
beforeAll(async () => {
  api = await openReviewApi()
})
afterAll(() => api[Symbol.asyncDispose]())

const pageOf = (path: string) => api.ask('GET', path, { headers: { 'sec-fetch-site': 'cross-site' } })

test('the address of every alert’s runbook shows its whole text, without a sign-in', async () => {
  for (const { alert } of ALERTS) {
    const { status, headers, text } = await pageOf(new URL(runbookUrl(alert)).pathname)
    expect([status, headers.get('content-type')], alert).toEqual([200, 'text/html; charset=utf-8'])
    const shown = text
      .replaceAll(/<[^>]+>/g, '')
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&quot;', '"')
      .replaceAll('&amp;', '&')
    const words = readFileSync(new URL(`../../../deploy/runbooks/${alert}.md`, import.meta.url), 'utf8')
      .replaceAll(/^```\w*$|^#+ |^- |`/gm, '')
      .replaceAll(/\[([^\]]+)\]\([^)]*\)\.?/g, '$1')
    for (const word of words.split(/\s+/)) expect(shown, `${alert}: ${word}`).toContain(word)
    expect(text).toContain('<h2>Diagnosis</h2>')
  }
})

test('runbooks link to each other, and their list to all of them', async () => {
  const { text: list } = await pageOf('/runbooks/')
  for (const { alert } of ALERTS) expect(list).toContain(`<a href="${alert}">${alert}</a>`)
  const { text } = await pageOf('/runbooks/HashwardenCanaryLate')
  expect(text).toContain('<a href="HashwardenCanaryMissed">HashwardenCanaryMissed</a>')
  expect(text).not.toMatch(/\.md/)
})

test.each(['/runbooks/None', '/runbooks/..%2f..%2fpackage.json', '/runbooks/constructor'])(
  'there is no page at %s',
  async (path) => {
    expect((await pageOf(path)).status).toBe(404)
  },
)

test('code in a runbook is shown as it is, never read as HTML', async () => {
  const { text } = await pageOf('/runbooks/HashwardenPartitionUnwatched')
  expect(text).toContain('<pre>count by (job, topic, partition) (hashwarden_canary_age_seconds)</pre>')
  expect(text).toContain('<code>match.group</code>')
})
