// Routes of the lists page. What names a value of a hash is in a body, never in an address.
import {
  ApproveBody,
  CurateBody,
  CurationsView,
  CurationView,
  HeldBody,
  HeldPage,
  ListsView,
} from '../../../contract/review.ts'
import { route, type Route } from '../route.ts'
import type { RouteParts } from './route-parts.ts'

export const listRoutes = ({ lists }: RouteParts): readonly Route[] => [
  route({
    method: 'GET',
    path: '/api/lists',
    name: 'lists',
    summary: 'Where each list stands, what it holds as counts, and which lists seem to copy each other',
    access: ['list.read'],
    answer: ListsView,
    handle: () => lists.view(),
  }),
  route({
    method: 'POST',
    path: '/api/lists/held',
    name: 'heldEntries',
    summary: 'Entries that are held back or suppressed, newest first; reading them is an entry of the audit',
    access: ['list.curate'],
    body: HeldBody,
    answer: HeldPage,
    problems: ['kafka-unavailable'],
    handle: ({ identity, body }) => lists.held(identity.person.subject, body),
  }),
  route({
    method: 'GET',
    path: '/api/lists/curations',
    name: 'curations',
    summary: 'What people have decided on lists: who, why, until when, and whether it is published yet',
    access: ['list.curate'],
    answer: CurationsView,
    handle: () => lists.curations(),
  }),
  route({
    method: 'POST',
    path: '/api/lists/curations',
    name: 'curate',
    summary:
      'Disable or release an entry or a value, suppress a value or end that; published within seconds to a minute',
    access: ['list.curate'],
    body: CurateBody,
    answer: CurationView,
    handle: ({ identity, body }) => lists.curate(identity.person.subject, body),
  }),
  route({
    method: 'POST',
    path: '/api/lists/approvals',
    name: 'approveChange',
    summary: 'Let a change of a list pass that waits for a person’s word, or refuse it',
    access: ['list.approve'],
    body: ApproveBody,
    answer: CurationView,
    problems: ['evidence-changed'],
    handle: ({ identity, body }) => lists.approve(identity.person.subject, body),
  }),
]
