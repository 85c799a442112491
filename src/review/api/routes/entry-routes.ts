// Routes of known entries: what they have found, and the suspicion that one is wrong.
import { KnownEntryBody, KnownEntryView, SuspectBody } from '../../../contract/review.ts'
import { route, type Route } from '../route.ts'
import type { RouteParts } from './route-parts.ts'

export const entryRoutes = ({ service }: RouteParts): readonly Route[] => [
  route({
    method: 'POST',
    path: '/api/known-entries',
    name: 'knownEntry',
    summary: 'An entry of a known-hash list: its hits, decisions and outcomes',
    access: ['entry.read'],
    body: KnownEntryBody,
    answer: KnownEntryView,
    handle: ({ identity, body }) => service.knownEntry(identity.person, body),
  }),
  route({
    method: 'POST',
    path: '/api/known-entries/suspect',
    name: 'suspectEntry',
    summary: 'Say that an entry seems to be wrong',
    access: ['entry.suspect'],
    body: SuspectBody,
    handle: ({ identity, body }) => service.suspect(identity.person, body),
  }),
]
