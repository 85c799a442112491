// Routes of one hit: its references, outcomes, and corrections of decisions.
import {
  CorrectBody,
  DecidedView,
  OutcomeBody,
  OutcomeView,
  ReferenceBody,
  ReferenceView,
} from '../../../contract/review.ts'
import { route, type Route } from '../route.ts'
import { OfHit, WORK, type RouteParts } from './route-parts.ts'

export const hitRoutes = ({ service }: RouteParts): readonly Route[] => [
  route({
    method: 'POST',
    path: '/api/hits/:hitId/reference',
    name: 'readReference',
    summary: 'A reference of the hit, to copy it; each use is an entry of the audit',
    access: ['case.read'],
    params: OfHit,
    body: ReferenceBody,
    answer: ReferenceView,
    handle: ({ identity, params, body }) => service.readReference(identity.person, params.hitId, body),
  }),
  route({
    method: 'POST',
    path: '/api/hits/:hitId/outcomes',
    name: 'reportOutcome',
    summary: 'What a lawful viewing elsewhere found of a file that was decided on',
    access: ['outcome.report'],
    params: OfHit,
    body: OutcomeBody,
    answer: OutcomeView,
    problems: ['not-decided'],
    handle: ({ identity, params, body }) => service.reportOutcome(identity.person, params.hitId, body),
  }),
  route({
    method: 'POST',
    path: '/api/corrections',
    name: 'correct',
    summary: 'Correct a decision: the one that `supersedes` names no longer stands',
    // A reviewer corrects their own, a supervisor any: the decision says which.
    access: WORK,
    body: CorrectBody,
    answer: DecidedView,
    problems: ['evidence-changed', 'not-decided'],
    handle: ({ identity, body }) => service.correct(identity.person, body),
  }),
]
