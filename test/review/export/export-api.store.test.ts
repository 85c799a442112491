// The export of a case through the API: only for who may, with proofs that hold, and itself an entry of the audit.
import { expect, test } from 'vitest'
import type { CyberTipExport, VicsExport } from '../../../src/contract/case-export.ts'
import type { CaseView, LeaseView } from '../../../src/contract/review.ts'
import { parseCheckpoint } from '../../../src/review/audit/checkpoint.ts'
import { leafHash } from '../../../src/review/audit/merkle.ts'
import { isIncluded } from '../../../src/review/audit/proofs.ts'
import { openReviewApi, type ReviewApi } from '../api/review-api.ts'
import { entry, hitOf, matchOf } from './case-view.ts'

const HIT = hitOf(1, [matchOf('sha256', [entry('ncmec', 'A1')])])

async function decideAll(api: ReviewApi, cookie: string, caseId: string, verdict: string): Promise<void> {
  const lease = (await api.ask('POST', `/api/cases/${caseId}/lease`, { cookie })).json as LeaseView
  const { evidence } = (await api.ask('GET', `/api/cases/${caseId}`, { cookie })).json as CaseView
  const body = { token: lease.token, evidence, verdict, reason: 'Because', note: '' }
  const decided = await api.ask('POST', `/api/cases/${caseId}/decisions`, { cookie, body })
  expect(decided.status, decided.text).toBe(200)
}

const exportAs = (api: ReviewApi, cookie: string, caseId: string, format: string) =>
  api.ask('POST', `/api/cases/${caseId}/export`, { cookie, body: { format } })

test('an exported case carries its decision and the proof that the audit has it, and the export is an entry', async () => {
  await using api = await openReviewApi()
  const [caseId = ''] = await api.addHits([HIT])
  const cookie = await api.signIn('reviewer')
  await decideAll(api, cookie, caseId, 'refer')
  const answer = await exportAs(api, cookie, caseId, 'cybertip-json')
  expect(answer.status, answer.text).toBe(200)
  // The answer was checked against its schema before it was sent.
  const exported = answer.json as CyberTipExport
  expect(exported.files).toMatchObject([
    { reportId: 'report-1', fileDetails: { industryClassification: 'A1' } },
  ])
  const { checkpoint = '', entries } = exported.audit
  const tree = parseCheckpoint(Buffer.from(checkpoint), api.settings.audit.origin)
  expect(entries.map((one) => JSON.parse(one.entry))).toMatchObject([
    { action: 'decided', actor: 'reviewer-1', caseId },
  ])
  for (const { index, entry: text, proof } of entries) {
    const hashes = proof.map((hash) => Buffer.from(hash, 'base64'))
    expect(tree && isIncluded({ index, ...tree }, leafHash(text), hashes)).toBe(true)
  }
  const vics = (await exportAs(api, cookie, caseId, 'vics-json')).json as VicsExport
  expect(vics['@hashwarden.audit'].entries.map(({ index }) => index)).toEqual(
    entries.map(({ index }) => index),
  )
  expect(vics.value[0]?.Media).toHaveLength(1)
  const { rows } = {
    rows: await api.store.server.selectFrom('audit_entries').selectAll().orderBy('leaf_index').execute(),
  }
  expect(
    rows.filter(({ action }) => action === 'exported').map(({ actor, case_id }) => [actor, case_id]),
  ).toEqual([
    ['reviewer-1', caseId],
    ['reviewer-1', caseId],
  ])
})

test('an export before the second opinion says nothing of the first one', async () => {
  await using api = await openReviewApi({ secondOpinion: { grades: ['exact'] } })
  const [caseId = ''] = await api.addHits([HIT])
  await decideAll(api, await api.signIn('reviewer'), caseId, 'refer')
  const cookie = await api.signIn('second-reviewer')
  for (const format of ['cybertip-json', 'vics-json']) {
    const answer = await exportAs(api, cookie, caseId, format)
    expect(answer.status, answer.text).toBe(200)
    expect(answer.text).not.toMatch(/reviewer-1|"decided"|"refer"/)
  }
})

test('who may not see the case, or may not export, gets nothing, and no entry says otherwise', async () => {
  const queues = [
    { name: 'closed', title: 'Closed', groups: ['others'], when: { platforms: ['photos'] } },
    { name: 'all', title: 'All' },
  ]
  await using api = await openReviewApi({ queues })
  const [caseId = ''] = await api.addHits([HIT])
  expect((await exportAs(api, await api.signIn('reviewer'), caseId, 'vics-json')).status).toBe(404)
  expect((await exportAs(api, await api.signIn('operator'), caseId, 'vics-json')).status).toBe(403)
  const others = await api.signIn('reviewer', { groups: ['others'] })
  expect((await exportAs(api, others, caseId, 'pdf')).status).toBe(400)
  const rows = await api.store.server.selectFrom('audit_entries').select('action').execute()
  expect(rows.filter(({ action }) => action === 'exported')).toEqual([])
})
