// Routes of the operations page: the state of the deployment, and dead letters. Nothing of a case.
import {
  DeadLettersPage,
  DeadLettersQuery,
  OperationsView,
  ReplayBody,
  ReplayedView,
  SeriesQuery,
  SeriesView,
} from '../../../contract/review.ts'
import { route, type Route } from '../route.ts'
import type { RouteParts } from './route-parts.ts'

/** Each reads a topic. */
const READINGS_PER_MINUTE = 60
const REPLAYS_PER_MINUTE = 20

export const operationsRoutes = ({ operations }: RouteParts): readonly Route[] => [
  route({
    method: 'GET',
    path: '/api/operations',
    name: 'operations',
    summary: 'All processes, their problems, and what waits, as it is now',
    access: ['fleet.read'],
    answer: OperationsView,
    handle: ({ identity }) => operations.view(identity.person),
  }),
  route({
    method: 'GET',
    path: '/api/operations/series',
    name: 'operationsSeries',
    summary: 'The lines of the operations page over the last 15 minutes to 24 hours',
    access: ['fleet.read'],
    query: SeriesQuery,
    answer: SeriesView,
    handle: ({ identity, query }) => operations.series(identity.person, query.range),
  }),
  route({
    method: 'GET',
    path: '/api/operations/dead-letters',
    name: 'deadLetters',
    summary:
      'Dead letters, newest first: pointers to records and why they are no reports, never what they hold',
    access: ['fleet.read'],
    query: DeadLettersQuery,
    answer: DeadLettersPage,
    problems: ['kafka-unavailable'],
    perMinute: READINGS_PER_MINUTE,
    handle: ({ query }) => operations.deadLetters(query),
  }),
  route({
    method: 'POST',
    path: '/api/operations/dead-letters/replay',
    name: 'replayDeadLetters',
    summary: 'Submit the records again that dead letters point to; an entry of the audit',
    access: ['dead-letter.replay'],
    body: ReplayBody,
    answer: ReplayedView,
    problems: ['kafka-unavailable'],
    perMinute: REPLAYS_PER_MINUTE,
    handle: ({ identity, body }) => operations.submitAgain(identity.person.subject, body),
  }),
]
