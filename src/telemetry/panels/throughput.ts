// The dashboard of throughput: is every report matched, how soon, and what takes the time?
import type { Dashboard } from './panel.ts'

export const THROUGHPUT: Dashboard = {
  id: 'throughput',
  title: 'hashwarden: throughput',
  purpose: 'Is every report matched, how soon, and what takes the time?',
  rows: [
    {
      title: 'Is every report matched?',
      panels: [
        {
          id: 'ready',
          title: 'Processes that are ready',
          unit: 'processes',
          why: 'A process that is not ready says in /readyz what it waits for.',
          queries: [
            { expr: 'sum by (job) (hashwarden_ready)', legend: '{{job}}: ready' },
            { expr: 'count by (job) (hashwarden_ready)', legend: '{{job}}: running' },
          ],
          runbook: 'HashwardenNotReady',
        },
        {
          id: 'reports',
          title: 'Records written and reports matched',
          unit: 'records a second',
          why: 'Both lines run together, canaries aside. If less is matched than written, lag grows.',
          queries: [
            {
              expr: 'max by (job, topic) (rate(hashwarden_topic_end_offset[$__rate_interval]))',
              legend: '{{job}}: written to {{topic}}',
            },
            {
              expr: 'sum by (job) (rate(hashwarden_reports_total[$__rate_interval]))',
              legend: '{{job}}: matched',
            },
          ],
          runbook: 'HashwardenSilence',
        },
        {
          id: 'lag-records',
          title: 'Lag in records',
          unit: 'records',
          why: 'Records that the group has not committed, by topic: what still waits. Unknown has no line.',
          queries: [
            { expr: 'max by (job, topic) (hashwarden_group_lag_records)', legend: '{{job}}: {{topic}}' },
          ],
          runbook: 'HashwardenReportsWait',
        },
        {
          id: 'lag-seconds',
          title: 'Lag in seconds',
          unit: 'seconds',
          why: 'Age of the oldest record that is not committed. No report should wait for more than a minute.',
          queries: [
            { expr: 'max by (job, topic) (hashwarden_group_lag_seconds)', legend: '{{job}}: {{topic}}' },
          ],
          runbook: 'HashwardenReportsWait',
          limit: 60,
        },
        {
          id: 'canary-age',
          title: 'Age of the last canary found',
          unit: 'seconds',
          why: 'A partition whose canaries are not found is dead or blind, however quiet it looks.',
          queries: [
            {
              expr: 'max by (job, topic, partition) (hashwarden_canary_age_seconds)',
              legend: '{{topic}}/{{partition}}',
            },
          ],
          runbook: 'HashwardenCanaryLate',
          limit: 60,
        },
        {
          id: 'dead-letters',
          title: 'Dead letters',
          unit: 'events',
          why: 'Records that are no reports: what they should have reported went unmatched.',
          queries: [
            {
              expr: 'sum by (job, code) (increase(hashwarden_dead_letters_total[$__rate_interval]))',
              legend: '{{job}}: {{code}}',
            },
          ],
          runbook: 'HashwardenDeadLetters',
        },
      ],
    },
    {
      title: 'How soon?',
      panels: [
        {
          id: 'canary-seconds',
          title: 'From canary to match: median and 99th percentile',
          unit: 'seconds',
          why: 'How long any report takes to be matched and committed, also while there are no hits. 99.9 % should take less than a second.',
          queries: [0.5, 0.99].map((quantile) => ({
            expr: `histogram_quantile(${quantile}, sum by (job, le) (rate(hashwarden_canary_seconds_bucket[$__rate_interval])))`,
            legend: `{{job}}: ${quantile}`,
          })),
          runbook: 'HashwardenMatchingLate',
          limit: 1,
        },
        {
          id: 'report-to-hit',
          title: 'From report to hit: median and 99th percentile',
          unit: 'seconds',
          why: 'From the time of a report’s record to its hit acknowledged. No line while there are no hits.',
          queries: [0.5, 0.99].map((quantile) => ({
            expr: `histogram_quantile(${quantile}, sum by (job, le) (rate(hashwarden_report_to_hit_seconds_bucket[$__rate_interval])))`,
            legend: `{{job}}: ${quantile}`,
          })),
          runbook: 'HashwardenHitsLate',
          limit: 10,
        },
        {
          id: 'late-share',
          title: 'Canaries that were late or not found',
          unit: 'share',
          why: 'The aim allows 0.001. The alert pages at 14.4 times that over an hour, or 6 times over six hours.',
          queries: ['5m', '1h', '6h', '3d'].map((window) => ({
            expr: `job:hashwarden_canaries_late:ratio_rate${window}`,
            legend: `{{job}}: over ${window}`,
          })),
          runbook: 'HashwardenMatchingLate',
          limit: 0.001,
        },
        {
          id: 'hits',
          title: 'Hits published, by grade',
          unit: 'records a second',
          why: 'A sudden change of one grade often means a change of a list or of the policy.',
          queries: [
            {
              expr: 'sum by (job, grade) (rate(hashwarden_hits_total[$__rate_interval]))',
              legend: '{{job}}: {{grade}}',
            },
          ],
          runbook: 'HashwardenHitsLate',
        },
      ],
    },
    {
      title: 'What takes the time?',
      panels: [
        {
          id: 'stages',
          title: 'Work by stage',
          unit: 'share',
          why: 'Seconds of each stage a second, over all threads: 200 % are two threads. Look at search first: while it holds a thread, confirm and acknowledge, which wait for others, take long too.',
          queries: [
            {
              expr: 'sum by (job, stage) (rate(hashwarden_stage_seconds_sum[$__rate_interval]))',
              legend: '{{job}}: {{stage}}',
            },
          ],
          runbook: 'HashwardenMatchingLate',
        },
        {
          id: 'busy',
          title: 'How busy each thread is',
          unit: 'share',
          why: 'At 1 a thread has no time left. If main is there first, more threads don’t help; more processes do.',
          queries: [
            {
              expr: 'sum by (instance, thread) (rate(hashwarden_thread_busy_seconds_total[$__rate_interval]))',
              legend: '{{instance}}: {{thread}}',
            },
          ],
          runbook: 'HashwardenMatchingLate',
          limit: 0.9,
        },
        {
          id: 'event-loop',
          title: 'Event loop delay, 99th percentile',
          unit: 'seconds',
          why: 'How long one piece of work keeps others waiting. A heartbeat that is ten seconds late costs a member its partitions.',
          queries: [
            {
              expr: 'histogram_quantile(0.99, sum by (instance, thread, le) (rate(hashwarden_thread_event_loop_delay_seconds_bucket[$__rate_interval])))',
              legend: '{{instance}}: {{thread}}',
            },
          ],
          runbook: 'HashwardenThreadSilent',
          limit: 2.5,
        },
        {
          id: 'memory',
          title: 'Memory of each process',
          unit: 'bytes',
          why: 'It follows the size of the known set and is flat otherwise.',
          queries: [{ expr: 'process_resident_memory_bytes', legend: '{{instance}}' }],
          runbook: 'HashwardenMemoryGrows',
        },
        {
          id: 'garbage',
          title: 'Time in garbage collection',
          unit: 'share',
          why: 'Much of it says that a heap is nearly full.',
          queries: [
            {
              expr: 'sum by (instance, thread) (rate(hashwarden_thread_gc_seconds_total[$__rate_interval]))',
              legend: '{{instance}}: {{thread}}',
            },
          ],
          runbook: 'HashwardenMemoryGrows',
        },
        {
          id: 'thread-deaths',
          title: 'Threads that died',
          unit: 'events',
          why: 'Each is started again; the log names the records that it was working on.',
          queries: [
            {
              expr: 'sum by (instance) (increase(hashwarden_thread_deaths_total[$__rate_interval]))',
              legend: '{{instance}}',
            },
          ],
          runbook: 'HashwardenThreadDeaths',
        },
      ],
    },
  ],
}
