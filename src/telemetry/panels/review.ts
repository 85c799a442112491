// The dashboard of review: do hits reach people, do people keep up, and do their decisions get out?
import type { Dashboard } from './panel.ts'

export const REVIEW: Dashboard = {
  id: 'review',
  title: 'hashwarden: review',
  purpose: 'Do hits reach people, do people keep up, and do their decisions get out?',
  rows: [
    {
      title: 'Do hits reach people, and do people keep up?',
      panels: [
        {
          id: 'open-cases',
          title: 'Cases that are not decided',
          unit: 'entries',
          why: 'If it only grows, there are too few reviewers for the reports that come.',
          queries: [
            { expr: 'max by (job, queue) (hashwarden_review_open_cases)', legend: '{{job}}: {{queue}}' },
          ],
          runbook: 'HashwardenCaseTooOld',
        },
        {
          id: 'oldest-case',
          title: 'Age of the oldest case that is not decided',
          unit: 'seconds',
          why: 'Time since the oldest report of the case. Behind each case may be a child.',
          queries: [
            {
              expr: 'max by (job, queue) (hashwarden_review_oldest_case_seconds)',
              legend: '{{job}}: {{queue}}',
            },
          ],
          runbook: 'HashwardenCaseTooOld',
          limit: 86_400,
        },
        {
          id: 'intake',
          title: 'Hits taken in',
          unit: 'records a second',
          why: 'Added, changed by a later record of the same hit, or reopened by a match that the decision did not know.',
          queries: [
            {
              expr: 'sum by (job, change) (rate(hashwarden_review_hits_total[$__rate_interval]))',
              legend: '{{job}}: {{change}}',
            },
          ],
          runbook: 'HashwardenIntakeBehind',
        },
        {
          id: 'intake-lag',
          title: 'Hits that wait to be taken in',
          unit: 'seconds',
          why: 'Age of the oldest hit that is not in the review store.',
          queries: [
            {
              expr: 'max by (job, topic) (hashwarden_group_lag_seconds unless on (job) hashwarden_canary_age_seconds)',
              legend: '{{job}}: {{topic}}',
            },
          ],
          runbook: 'HashwardenIntakeBehind',
          limit: 300,
        },
        {
          id: 'intake-refused',
          title: 'Records of hits that are no hits',
          unit: 'events',
          why: 'They are not reviewed. The log names their offsets.',
          queries: [
            {
              expr: 'sum by (job, code) (increase(hashwarden_review_refused_total[$__rate_interval]))',
              legend: '{{job}}: {{code}}',
            },
          ],
          runbook: 'HashwardenReviewRecordsRefused',
        },
      ],
    },
    {
      title: 'Do decisions get out?',
      panels: [
        {
          id: 'outbox-records',
          title: 'Decisions and outcomes that wait for their topic',
          unit: 'records',
          why: 'Nothing is lost: they wait in the store.',
          queries: [{ expr: 'max by (job) (hashwarden_outbox_records)', legend: '{{job}}' }],
          runbook: 'HashwardenDecisionsWait',
        },
        {
          id: 'outbox-age',
          title: 'For how long the oldest of them has waited',
          unit: 'seconds',
          why: 'While it grows, Kafka is away or refuses them.',
          queries: [{ expr: 'max by (job) (hashwarden_outbox_age_seconds)', legend: '{{job}}' }],
          runbook: 'HashwardenDecisionsWait',
          limit: 300,
        },
        {
          id: 'audit-uncovered',
          title: 'Age of the oldest audit entry without a published checkpoint',
          unit: 'seconds',
          why: 'Until a checkpoint covers it, a change by hand can’t be proven.',
          queries: [{ expr: 'max by (job) (hashwarden_audit_uncovered_seconds)', legend: '{{job}}' }],
          runbook: 'HashwardenAuditUncovered',
          limit: 600,
        },
        {
          id: 'outbox-sent',
          title: 'Decisions, outcomes and checkpoints sent',
          unit: 'records a second',
          why: 'Checkpoints of the audit go out even when no decision is made.',
          queries: [
            {
              expr: 'sum by (job) (rate(hashwarden_outbox_sent_total[$__rate_interval]))',
              legend: '{{job}}',
            },
          ],
          runbook: 'HashwardenDecisionsWait',
        },
        {
          id: 'retired',
          title: 'Hits whose retention time was over',
          unit: 'events',
          why: 'Their digests remain in the audit.',
          queries: [
            {
              expr: 'sum by (job) (increase(hashwarden_review_retired_total[$__rate_interval]))',
              legend: '{{job}}',
            },
          ],
          runbook: 'HashwardenCaseTooOld',
        },
      ],
    },
  ],
}
