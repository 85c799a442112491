// The stream of events.
import { Readable } from 'node:stream'
import { ReviewEvent } from '../../../contract/review.ts'
import { ReviewProblem } from '../../problems.ts'
import { queuesFor } from '../../queues.ts'
import { eventStream } from '../event-stream.ts'
import { EVENTS_PATH, identityOf } from '../identity.ts'
import { route, type Route } from '../route.ts'
import type { RouteParts } from './route-parts.ts'

/** Streams of one person in this process: each browser has one. */
const STREAMS_MAX = 10

export const eventRoutes = (parts: RouteParts): readonly Route[] => {
  const { announcements, settings } = parts
  const open = new Map<string, number>()
  const count = (subject: string, change: 1 | -1): number => {
    const streams = (open.get(subject) ?? 0) + change
    if (streams === 0) open.delete(subject)
    else open.set(subject, streams)
    return streams
  }
  return [
    route({
      method: 'GET',
      path: EVENTS_PATH,
      name: 'events',
      summary: 'What changes in the queues that the asker may see: ask for it again',
      access: ['queue.read'],
      events: ReviewEvent,
      handle: ({ identity: { person }, request }) => {
        const ended = new AbortController()
        if (count(person.subject, 1) > STREAMS_MAX) {
          count(person.subject, -1)
          throw new ReviewProblem('too-many-requests', 'Close other windows of this page first')
        }
        request.raw.once('close', () => {
          count(person.subject, -1)
          ended.abort()
        })
        const queues = queuesFor(settings.queues, person)
        return Readable.from(
          eventStream({
            announcements,
            queues,
            // With other queues the browser begins another stream.
            isSignedIn: async () => {
              const now = await identityOf(request, parts)
              return now !== undefined && String(queuesFor(settings.queues, now.person)) === String(queues)
            },
            signal: ended.signal,
          }),
        )
      },
    }),
  ]
}
