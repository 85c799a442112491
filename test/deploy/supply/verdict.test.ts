// The outputs are those that npm 11.19.1 has given: to a registry that refuses, to one that is not there, and to one that
// answers.
import { expect, test } from 'vitest'
import { exitCodeOf, judgeAdvisories, judgeSignatures, type Verdict } from '../../../deploy/supply/verdict.ts'

const answer = (vulnerabilities: object, total = 546): string =>
  JSON.stringify({
    auditReportVersion: 2,
    vulnerabilities,
    metadata: {
      vulnerabilities: { info: 0, low: 0, moderate: 0, high: 0, critical: 0, total: 0 },
      dependencies: { prod: 108, dev: 363, optional: 204, peer: 0, peerOptional: 0, total },
    },
  })

const kafkajs = (severity: string) => ({
  kafkajs: {
    name: 'kafkajs',
    severity,
    isDirect: true,
    via: [{ source: 1, name: 'kafkajs', title: 'made up', severity, range: '<3.0.0' }],
    effects: [],
    range: '*',
    nodes: ['node_modules/kafkajs'],
    fixAvailable: false,
  },
})

const REFUSED = JSON.stringify({
  message: '405 Method Not Allowed - POST https://registry.example/-/npm/v1/security/advisories/bulk',
  method: 'POST',
  headers: { allow: ['GET,HEAD'] },
  statusCode: 405,
  body: '',
  error: { summary: '', detail: '' },
})
const UNREACHABLE = JSON.stringify({
  message: 'request to http://127.0.0.1:9/ failed, reason: connect ECONNREFUSED 127.0.0.1:9',
  error: { summary: '', detail: '' },
})
const NO_KEYS = JSON.stringify({
  error: { code: 'ENOTFOUND', summary: 'request to https://tuf.example/15.root.json failed', detail: '' },
})

test.each([
  ['a refusal', REFUSED, /^405 Method Not Allowed/],
  ['a registry that is not there', UNREACHABLE, /ECONNREFUSED/],
  ['an error of another kind', NO_KEYS, /tuf\.example/],
  ['no output', '', /no answer/],
  ['an output that is no JSON', '<html>', /not JSON/],
  ['a list', '[]', /another form/],
  ['an answer about no packages', answer({}, 0), /no packages/],
  ['an answer without findings and without packages', '{"vulnerabilities":{}}', /no packages/],
])('after %s nothing was checked, and it says why', (_, output, why) => {
  expect(judgeAdvisories(output)).toEqual({ kind: 'unchecked', why: expect.stringMatching(why) })
})

test('an answer that names packages and no advisory is clean', () => {
  expect(judgeAdvisories(answer({}))).toEqual({ kind: 'clean', packages: 546, lesser: [] })
})

test('an advisory is found, whatever its severity, unless the least one is higher', () => {
  for (const severity of ['info', 'low', 'moderate', 'high', 'critical', 'of-tomorrow'])
    expect(judgeAdvisories(answer(kafkajs(severity)))).toEqual({
      kind: 'found',
      findings: [`kafkajs (${severity})`],
    })
  for (const severity of ['high', 'critical', 'of-tomorrow'])
    expect(judgeAdvisories(answer(kafkajs(severity)), 'high').kind).toBe('found')
  for (const severity of ['info', 'low', 'moderate'])
    expect(judgeAdvisories(answer(kafkajs(severity)), 'high')).toMatchObject({
      kind: 'clean',
      lesser: [`kafkajs (${severity})`],
    })
})

test('signatures are clean when none is wrong or lacks, and unchecked without an answer', () => {
  expect(judgeSignatures('{"invalid":[],"missing":[]}').kind).toBe('clean')
  expect(judgeSignatures('{"invalid":[{"name":"kafkajs"}],"missing":[{"name":"pg"}]}')).toEqual({
    kind: 'found',
    findings: ['kafkajs (wrong signature)', 'pg (no signature)'],
  })
  for (const output of [NO_KEYS, REFUSED, '', '{}']) expect(judgeSignatures(output).kind).toBe('unchecked')
})

test('a finding counts more than what was not checked, and both more than what is clean', () => {
  const clean: Verdict = { kind: 'clean', packages: 1, lesser: [] }
  const found: Verdict = { kind: 'found', findings: ['a'] }
  const unchecked: Verdict = { kind: 'unchecked', why: 'refused' }
  expect(exitCodeOf([clean, clean])).toBe(0)
  expect(exitCodeOf([clean, unchecked])).toBe(2)
  expect(exitCodeOf([unchecked, found])).toBe(1)
})
