// The metrics of the review service.
import { Counter, Gauge, Histogram } from 'prom-client'
import { AgeGauge } from './age-gauge.ts'
import { closedCounter, gaugeOnceKnown, LATENCY_BUCKETS, type Place } from './metric-place.ts'

/** What a record of the topic of hits did to the review store. */
export const HIT_CHANGES = ['added', 'changed', 'reopened'] as const

export const reviewMetrics = ({ registers, labelValues: { rejections } }: Place) => ({
  reviewHits: closedCounter(
    registers,
    [
      'hashwarden_review_hits_total',
      'Hits that the review store took: added, changed by a later record of the same hit, or (counted in changed, too) reopened because they were decided without knowing of a match. A record that says nothing new counts nowhere',
      'change',
    ],
    HIT_CHANGES,
  ),
  reviewRefused: closedCounter(
    registers,
    [
      'hashwarden_review_refused_total',
      'Records of hits that are no hits and were left out of the review store, by reason (a record that is read again counts again)',
      'code',
    ],
    rejections,
  ),
  reviewOpenCases: new Gauge({
    name: 'hashwarden_review_open_cases',
    help: 'Cases that are not decided yet, by queue, leased ones included. Every process tells the same: take the maximum, not the sum',
    labelNames: ['queue'],
    registers,
  }),
  reviewLeasedCases: new Gauge({
    name: 'hashwarden_review_leased_cases',
    help: 'Cases that a reviewer has now, by queue: hashwarden_review_open_cases counts them, too. Every process tells the same',
    labelNames: ['queue'],
    registers,
  }),
  reviewDecidedCases: new Gauge({
    name: 'hashwarden_review_decided_cases',
    help: 'Cases that were decided within the last 24 hours, by queue. Every process tells the same',
    labelNames: ['queue'],
    registers,
  }),
  reviewOldestCase: new AgeGauge({
    name: 'hashwarden_review_oldest_case_seconds',
    help: 'Time since the log received the oldest report of a case that is not decided yet, by queue. Every process tells the same',
    labelNames: ['queue'],
    registers,
  }),
  outboxWaiting: gaugeOnceKnown({
    name: 'hashwarden_outbox_records',
    help: 'Decisions, outcomes and checkpoints that are due and not yet in their topic. Every process tells the same; no series before the first look',
    registers,
  }),
  outboxAge: new AgeGauge({
    name: 'hashwarden_outbox_age_seconds',
    help: 'For how long the oldest of them has been due; 0 if none is. Every process tells the same',
    labelNames: [],
    registers,
  }),
  outboxSent: new Counter({
    name: 'hashwarden_outbox_sent_total',
    help: 'Decisions, outcomes and checkpoints that this process has put into their topics',
    registers,
  }),
  reviewRetired: new Counter({
    name: 'hashwarden_review_retired_total',
    help: 'Hits whose retention time was over: their digests remain in the audit',
    registers,
  }),
})

/** Of who uses the review queue, and what they leave in the audit. */
export const reviewUseMetrics = ({ registers }: Place) => ({
  auditUncovered: new AgeGauge({
    name: 'hashwarden_audit_uncovered_seconds',
    help: 'Age of the oldest audit entry that no published checkpoint covers; 0 if all are covered. Every process tells the same',
    labelNames: [],
    registers,
  }),
  reviewSessions: gaugeOnceKnown({
    name: 'hashwarden_review_sessions',
    help: 'Sessions of people who are signed in. Every process tells the same; no series before the first look',
    registers,
  }),
  reviewRequests: new Counter({
    name: 'hashwarden_review_requests_total',
    help: 'Requests that this process has answered, by the template of their route (none: no route has this address), and by the class of the status',
    labelNames: ['route', 'method', 'status'],
    registers,
  }),
  reviewRequestSeconds: new Histogram({
    name: 'hashwarden_review_request_seconds',
    help: 'From a request to the end of its answer, by the template of its route. Streams of events are left out',
    labelNames: ['route'],
    buckets: LATENCY_BUCKETS,
    registers,
  }),
})
