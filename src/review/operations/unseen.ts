// What the operations page can't show, and what an operator does about it, in words. Never Kafka's own words.
import type { Unseen } from '../../contract/review.ts'
import {
  AccessRefusedError,
  LogTransientError,
  LogUnreachableError,
  UnknownTopicError,
} from '../../log/log-faults.ts'

type Part = Unseen['part']
type Code = Unseen['code']

const TEXTS: Readonly<Record<Part, Readonly<Record<Code, string>>>> = {
  statuses: {
    'topic-missing':
      'Kafka has no topic of statuses, so no process is seen: create it by `hashwarden topics apply`.',
    refused:
      'Kafka refuses this service the topic of statuses, so no process is seen: grant Read on it, and on groups with the prefix hashwarden-follow-.',
    away: 'Kafka does not answer, so no process is seen.',
    unknown:
      'No process has been heard of for 15 s: each says something every 2 s, where it may write to the topic of statuses.',
    stale: '',
  },
  lag: {
    'topic-missing':
      'Kafka lacks a topic of reports or hits, so lag is unknown: create it by `hashwarden topics apply`.',
    refused:
      'Kafka refuses this service to see lag: grant Describe on the topics of reports and hits, and on the groups of matchers and of review.',
    away: 'Kafka does not answer, so lag is unknown.',
    unknown: 'The brokers have not been asked for lag yet.',
    stale: '',
  },
  samples: {
    'topic-missing': '',
    refused: 'The history can’t be kept: run `hashwarden review migrate` as the owner of the database.',
    away: 'The review store does not answer, so there is no history now.',
    unknown: 'The history can’t be written or read: the log of the review service says why.',
    stale:
      'No review service has written the history for 20 s, so charts end in the past: restart the one that hangs, or read the logs of all.',
  },
  store: {
    'topic-missing': '',
    refused: 'The review store refuses this service: the log of the review service says why.',
    away: 'The review store does not answer, so queues and the outbox are unknown.',
    unknown: 'Queues and the outbox can’t be read: the log of the review service says why.',
    stale: '',
  },
}

export const unseen = (part: Part, code: Code): Unseen => ({ part, code, text: TEXTS[part][code] })

/** Of what the log threw. */
export function logCode(error: unknown): Code {
  if (error instanceof UnknownTopicError) return 'topic-missing'
  if (error instanceof AccessRefusedError) return 'refused'
  if (error instanceof LogUnreachableError || error instanceof LogTransientError) return 'away'
  return 'unknown'
}
