// A client in another language does a reviewer's work through the API, with an access token.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { CLIENT_ID, machineToken, startIdentityProvider } from '../identity-provider.ts'
import { hitOf } from '../made-hits.ts'
import { openReviewApi } from './review-api.ts'

const CLIENT = new URL('client.py', import.meta.url).pathname
const AUDIENCE = 'https://review.example.org/api'

test('a Python client leases a case, reads it and decides on it', async () => {
  await using provider = await startIdentityProvider({
    people: {},
    redirectUris: ['http://127.0.0.1/'],
    machineGroups: ['reviewers'],
  })
  await using api = await openReviewApi({
    signIn: {
      issuer: provider.issuer,
      clientId: CLIENT_ID,
      groupsClaim: 'groups',
      apiAudience: AUDIENCE,
      roles: { reviewer: ['reviewers'] },
    },
  })
  await api.addHits([
    hitOf({ reportId: 'r-1', actorRef: 'a-1' }),
    hitOf({ reportId: 'r-2', actorRef: 'a-1' }),
  ])
  const token = await machineToken(provider.issuer, AUDIENCE)
  const { stdout } = await promisify(execFile)('python3', [CLIENT, api.url, token])
  expect(JSON.parse(stdout)).toEqual({ decided: 2, state: 'decided' })
  const decisions = await api.store.owner.selectFrom('decisions').select(['reviewer', 'reason']).execute()
  const decision = { reviewer: 'case-exporter', reason: 'Reported already: naïve «quotes» 🙂' }
  expect(decisions).toEqual([decision, decision])
})
