// Routes of the queue: what waits, and the next case.
import {
  CasePage,
  CasesQuery,
  LeaseNextBody,
  LeaseView,
  QueuesView,
  SearchBody,
} from '../../../contract/review.ts'
import { route, type Route } from '../route.ts'
import { WORK, type RouteParts } from './route-parts.ts'

/** A search by a value shows whether it is known: fewer than of a route that a page asks by itself. */
const SEARCHES_PER_MINUTE = 120

export const queueRoutes = ({ service }: RouteParts): readonly Route[] => [
  route({
    method: 'GET',
    path: '/api/queues',
    name: 'queues',
    summary: 'Queues that the asker may see, and the asker’s leases',
    access: ['queue.read'],
    answer: QueuesView,
    handle: ({ identity }) => service.queues(identity.person),
  }),
  route({
    method: 'GET',
    path: '/api/cases',
    name: 'cases',
    summary: 'Cases, in the order of the queue',
    access: ['queue.read'],
    query: CasesQuery,
    answer: CasePage,
    handle: ({ identity, query }) => service.cases(identity.person, query),
  }),
  route({
    method: 'POST',
    path: '/api/leases',
    name: 'leaseNext',
    summary: 'Lease the next case',
    access: WORK,
    body: LeaseNextBody,
    answer: LeaseView,
    mayBeEmpty: true,
    handle: ({ identity, body }) => service.leaseNext(identity.person, body),
  }),
  route({
    method: 'POST',
    path: '/api/search',
    name: 'search',
    summary: 'Find cases by an identifier or a hash value: in the body, so that no URL holds one',
    access: ['search'],
    body: SearchBody,
    answer: CasePage,
    perMinute: SEARCHES_PER_MINUTE,
    handle: ({ identity, body }) => service.search(identity.person, body),
  }),
]
