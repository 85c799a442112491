// The review service's routes, one function each. Nothing that names a person, a file or a hash goes into a URL.
import type {
  AuditPage,
  AuditVerifyView,
  CaseId,
  CasePage,
  CaseView,
  CorrectBody,
  DecideBody,
  DecidedView,
  DecisionView,
  ExportBody,
  KnownEntryView,
  LeaseView,
  MeView,
  OutcomeBody,
  OutcomeView,
  QueuesView,
  ReferenceView,
  RelatedView,
  Role,
  SearchBody,
} from '../../contract/review.ts'
import type { Static } from 'typebox'
import { ask, askForFile } from './ask.ts'

type Id = Static<typeof CaseId>
type Reference = 'contentRef' | 'actorRef' | 'collectionRef' | 'cybertipId' | 'reportId'

/** What the sign-in page offers. */
export interface SignInWays {
  readonly oidc: boolean
  readonly development: readonly Role[]
}

const query = (values: Readonly<Record<string, string | undefined>>): string => {
  const given = Object.entries(values).filter((pair): pair is [string, string] => Boolean(pair[1]))
  return given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`
}

export const api = {
  me: () => ask<MeView>('GET', '/api/me'),
  setKeys: (keys: Readonly<Record<string, string>>) => ask<MeView>('PUT', '/api/me/keys', { keys }),
  signInWays: () => ask<SignInWays>('GET', '/api/sign-in'),
  developmentSignIn: (role: Role) => ask<undefined>('POST', '/api/sign-in/development', { role }),
  signOut: () => ask<undefined>('POST', '/api/sign-out', {}),

  queues: () => ask<QueuesView>('GET', '/api/queues'),
  cases: (queue?: string, cursor?: string) => ask<CasePage>('GET', `/api/cases${query({ queue, cursor })}`),
  leaseNext: (queue?: string) =>
    ask<LeaseView | undefined>('POST', '/api/cases/lease-next', queue === undefined ? {} : { queue }),

  case: (id: Id) => ask<CaseView>('GET', `/api/cases/${id}`),
  related: (id: Id) => ask<RelatedView>('GET', `/api/cases/${id}/related`),
  lease: (id: Id) => ask<LeaseView>('POST', `/api/cases/${id}/lease`, {}),
  renew: (id: Id, token: number) => ask<LeaseView>('POST', `/api/cases/${id}/renew`, { token }),
  skip: (id: Id, token: number, reason: string) =>
    ask<undefined>('POST', `/api/cases/${id}/skip`, { token, reason }),
  decide: (id: Id, body: DecideBody) => ask<DecidedView>('POST', `/api/cases/${id}/decide`, body),
  undo: (undoId: string) => ask<undefined>('POST', `/api/undo/${undoId}`, {}),
  assign: (id: Id, to: string | null) => ask<undefined>('POST', `/api/cases/${id}/assign`, { to }),
  move: (id: Id, queue: string) => ask<undefined>('POST', `/api/cases/${id}/move`, { queue }),
  raise: (id: Id, priority: number) => ask<undefined>('POST', `/api/cases/${id}/priority`, { priority }),
  hold: (id: Id, hold: boolean, reason: string) =>
    ask<undefined>('POST', `/api/cases/${id}/hold`, { hold, reason }),
  export: (id: Id, format: Static<typeof ExportBody>['format']) =>
    askForFile(`/api/cases/${id}/export`, { format }),

  reference: (hitId: string, reference: Reference) =>
    ask<Static<typeof ReferenceView>>('POST', `/api/hits/${hitId}/reference`, { reference }),
  correct: (hitId: string, body: CorrectBody) =>
    ask<DecisionView>('POST', `/api/hits/${hitId}/correct`, body),
  reportOutcome: (hitId: string, body: OutcomeBody) =>
    ask<OutcomeView>('POST', `/api/hits/${hitId}/outcomes`, body),

  search: (body: SearchBody) => ask<CasePage>('POST', '/api/search', body),
  entry: (source: string, sourceId: string) =>
    ask<KnownEntryView>('POST', '/api/entries', { source, sourceId }),
  suspectEntry: (source: string, sourceId: string, reason: string) =>
    ask<undefined>('POST', '/api/entries/suspect', { source, sourceId, reason }),

  audit: (filter: Readonly<Record<'action' | 'actor' | 'caseId' | 'cursor', string | undefined>>) =>
    ask<AuditPage>('GET', `/api/audit${query(filter)}`),
  verifyAudit: () => ask<AuditVerifyView>('POST', '/api/audit/verify', {}),
}
