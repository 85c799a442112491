// The review service's routes, one function each. Nothing that names a person, a file or a hash goes into a URL.
import type {
  ApproveBody,
  AuditPage,
  AuditVerifyView,
  CaseId,
  CasePage,
  CaseRow,
  CaseView,
  CodeCount,
  CorrectBody,
  CurateBody,
  CurationsView,
  CurationView,
  DeadLettersPage,
  DecideBody,
  DecidedView,
  ExportBody,
  HeldBody,
  HeldPage,
  KnownEntryView,
  LeaseView,
  ListsView,
  MeView,
  OperationsView,
  OutcomeBody,
  OutcomeView,
  QueuesView,
  ReferenceView,
  RelatedView,
  ReplayedView,
  Role,
  SearchBody,
  SeriesRange,
  SeriesView,
  SignedOut,
  SignInOptions,
  UndoneView,
} from '../../contract/review.ts'
import type { Static } from 'typebox'
import { ask, askForFile } from './ask.ts'

type Id = Static<typeof CaseId>
type Reference = 'contentRef' | 'actorRef' | 'collectionRef' | 'cybertipId' | 'reportId'

/** Without those that are empty. */
const given = (values: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(values).filter((pair): pair is [string, string] => Boolean(pair[1])))

const query = (values: Readonly<Record<string, string | undefined>>): string => {
  const text = new URLSearchParams(given(values)).toString()
  return text === '' ? '' : `?${text}`
}

export const api = {
  me: () => ask<MeView>('GET', '/api/me'),
  setKeys: (keys: Readonly<Record<string, string>>) => ask<MeView>('PUT', '/api/me/keys', { keys }),
  signInOptions: () => ask<SignInOptions>('GET', '/api/sign-in-options'),
  developmentSignIn: (name: string, role: Role) =>
    ask<undefined>('POST', '/sign-in/development', { name, role }),
  signOut: () => ask<Static<typeof SignedOut>>('POST', '/api/sign-out', {}),

  queues: () => ask<QueuesView>('GET', '/api/queues'),
  cases: (queue?: string, cursor?: string) => ask<CasePage>('GET', `/api/cases${query({ queue, cursor })}`),
  leaseNext: (queue?: string) =>
    ask<LeaseView | undefined>('POST', '/api/leases', queue === undefined ? {} : { queue }),

  case: (id: Id) => ask<CaseView>('GET', `/api/cases/${id}`),
  related: (id: Id) => ask<RelatedView>('GET', `/api/cases/${id}/related`),
  lease: (id: Id) => ask<LeaseView>('POST', `/api/cases/${id}/lease`, {}),
  renew: (id: Id, token: number) => ask<LeaseView>('POST', `/api/cases/${id}/lease/renew`, { token }),
  skip: (id: Id, token: number, reason: string) =>
    ask<undefined>('POST', `/api/cases/${id}/skip`, { token, reason }),
  decide: (id: Id, body: DecideBody) => ask<DecidedView>('POST', `/api/cases/${id}/decisions`, body),
  undo: (undoId: string) => ask<UndoneView>('POST', `/api/verdicts/${undoId}/undo`, {}),
  assign: (id: Id, to: string | null) => ask<CaseRow>('POST', `/api/cases/${id}/assign`, { to }),
  move: (id: Id, queue: string) => ask<CaseRow>('POST', `/api/cases/${id}/move`, { queue }),
  raise: (id: Id, priority: number) => ask<CaseRow>('POST', `/api/cases/${id}/priority`, { priority }),
  hold: (id: Id, hold: boolean, reason: string) =>
    ask<CaseRow>('POST', `/api/cases/${id}/hold`, { hold, reason }),
  export: (id: Id, format: Static<typeof ExportBody>['format']) =>
    askForFile(`/api/cases/${id}/export`, { format }),

  reference: (hitId: string, reference: Reference) =>
    ask<Static<typeof ReferenceView>>('POST', `/api/hits/${hitId}/reference`, { reference }),
  correct: (body: CorrectBody) => ask<DecidedView>('POST', '/api/corrections', body),
  reportOutcome: (hitId: string, body: OutcomeBody) =>
    ask<OutcomeView>('POST', `/api/hits/${hitId}/outcomes`, body),

  search: (body: SearchBody) => ask<CasePage>('POST', '/api/search', body),
  entry: (source: string, sourceId: string) =>
    ask<KnownEntryView>('POST', '/api/known-entries', { source, sourceId }),
  suspectEntry: (source: string, sourceId: string, reason: string) =>
    ask<undefined>('POST', '/api/known-entries/suspect', { source, sourceId, reason }),

  audit: (filter: Readonly<Record<'action' | 'actor' | 'caseId' | 'cursor', string | undefined>>) =>
    ask<AuditPage>('POST', '/api/audit', given(filter)),
  verifyAudit: () => ask<AuditVerifyView>('POST', '/api/audit/verify', {}),

  operations: () => ask<OperationsView>('GET', '/api/operations'),
  series: (range: SeriesRange) => ask<SeriesView>('GET', `/api/operations/series${query({ range })}`),
  deadLetters: (code?: CodeCount['code'], cursor?: string) =>
    ask<DeadLettersPage>('GET', `/api/operations/dead-letters${query({ code, cursor })}`),
  replayDeadLetters: (letters: readonly string[]) =>
    ask<ReplayedView>('POST', '/api/operations/dead-letters/replay', { letters }),

  lists: () => ask<ListsView>('GET', '/api/lists'),
  held: (body: HeldBody) => ask<HeldPage>('POST', '/api/lists/held', body),
  curations: () => ask<CurationsView>('GET', '/api/lists/curations'),
  curate: (body: CurateBody) => ask<CurationView>('POST', '/api/lists/curations', body),
  approveChange: (body: ApproveBody) => ask<CurationView>('POST', '/api/lists/approvals', body),
}
