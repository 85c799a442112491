// The dashboard of brokers, as our processes see them: do they answer, take what we write, and let members work?
import type { Dashboard } from './panel.ts'

export const BROKERS: Dashboard = {
  id: 'brokers',
  title: 'hashwarden: brokers',
  purpose:
    'Kafka as hashwarden sees it: does it answer, does it take what we write, and does every partition have a member?',
  rows: [
    {
      title: 'Does every partition have a member?',
      panels: [
        {
          id: 'partitions',
          title: 'Partitions of reports, and those with a matcher',
          unit: 'records',
          why: 'If fewer are watched than there are, reports wait in the others.',
          queries: [
            {
              expr: 'sum by (job) (max by (job, topic) (hashwarden_partitions))',
              legend: '{{job}}: there are',
            },
            {
              expr: 'count by (job) (count by (job, topic, partition) (hashwarden_canary_age_seconds))',
              legend: '{{job}}: watched',
            },
          ],
          runbook: 'HashwardenPartitionUnwatched',
        },
        {
          id: 'partition-lag',
          title: 'Lag by partition',
          unit: 'records',
          why: 'One line that grows alone is one partition that stands still, or one key that gets most of the reports.',
          queries: [
            {
              expr: 'max by (topic, partition) (hashwarden_lag_records)',
              legend: '{{topic}}/{{partition}}',
            },
          ],
          runbook: 'HashwardenReportsWait',
        },
        {
          id: 'joins',
          title: 'Joins of the group',
          unit: 'events',
          why: 'Each stops all members for a moment. They belong to starts and stops; joins that go on by themselves are a loop.',
          queries: [
            {
              expr: 'sum by (instance) (increase(hashwarden_group_joins_total[$__rate_interval]))',
              legend: '{{instance}}',
            },
          ],
          runbook: 'HashwardenRebalances',
        },
        {
          id: 'stale-batches',
          title: 'Batches given up because of a rebalance',
          unit: 'events',
          why: 'Their new owner reads them again: work done twice, nothing lost.',
          queries: [
            {
              expr: 'sum by (instance) (increase(hashwarden_stale_batches_total[$__rate_interval]))',
              legend: '{{instance}}',
            },
          ],
          runbook: 'HashwardenRebalances',
        },
      ],
    },
    {
      title: 'Does Kafka answer, and take what we write?',
      panels: [
        {
          id: 'failures',
          title: 'Failures of the connection',
          unit: 'events',
          why: 'Each is tried again with back-off. The log says which error it is.',
          queries: [
            {
              expr: 'sum by (instance) (increase(hashwarden_kafka_failures_total[$__rate_interval]))',
              legend: '{{instance}}',
            },
          ],
          runbook: 'HashwardenKafkaUnsteady',
        },
        {
          id: 'stalled',
          title: 'Partitions that are not read although there is more',
          unit: 'records',
          why: 'An open transaction, or a reader that hangs. /readyz names partition and offset.',
          queries: [{ expr: 'sum by (instance) (hashwarden_stalled_partitions)', legend: '{{instance}}' }],
          runbook: 'HashwardenReaderStalled',
        },
        {
          id: 'refused',
          title: 'Hits and dead letters that a topic refuses',
          unit: 'records',
          why: 'Their partitions wait. No line: nothing was ever refused.',
          queries: [
            {
              expr: 'sum by (job, topic) (hashwarden_refused_records) or 0 * count by (job) (hashwarden_ready)',
              legend: '{{job}}: {{topic}}',
            },
          ],
          runbook: 'HashwardenHitsRefused',
        },
        {
          id: 'broker-seconds',
          title: 'How long the broker takes: 99th percentile',
          unit: 'seconds',
          why: 'Time until hits are acknowledged, and until an offset is committed.',
          queries: [
            {
              expr: 'histogram_quantile(0.99, sum by (job, stage, le) (rate(hashwarden_stage_seconds_bucket{stage=~"acknowledge|commit"}[$__rate_interval])))',
              legend: '{{job}}: {{stage}}',
            },
          ],
          runbook: 'HashwardenMatchingLate',
          limit: 1,
        },
        {
          id: 'expired',
          title: 'Times that records had expired before they were read',
          unit: 'events',
          why: 'Those reports are lost: the only way to lose one.',
          queries: [
            {
              expr: 'sum by (instance) (increase(hashwarden_offset_out_of_range_total[$__rate_interval]))',
              legend: '{{instance}}',
            },
          ],
          runbook: 'HashwardenReportsExpired',
        },
      ],
    },
  ],
}
