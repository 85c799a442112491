// The dashboard of the known set: is it whole, is it the same everywhere, is it shared, and has it reached the reports of the past?
import type { Dashboard } from './panel.ts'

export const KNOWN_SET: Dashboard = {
  id: 'known-set',
  title: 'hashwarden: known set',
  purpose:
    'Is the known set whole, is it the same in every matcher, do others get what we share of it, and has it reached the reports of the past?',
  rows: [
    {
      title: 'Is it whole, and the same everywhere?',
      panels: [
        {
          id: 'entries',
          title: 'Entries in each process',
          unit: 'entries',
          why: 'All matchers of a group have the same number. A fall is a list that lost entries.',
          queries: [{ expr: 'hashwarden_known_entries', legend: '{{instance}}' }],
          runbook: 'HashwardenKnownSetShrunk',
        },
        {
          id: 'values',
          title: 'Values that are searched, by type',
          unit: 'entries',
          why: 'A type at 0 is a type that makes no match.',
          queries: [{ expr: 'max by (job, type) (hashwarden_known_values)', legend: '{{job}}: {{type}}' }],
          runbook: 'HashwardenKnownSetShrunk',
        },
        {
          id: 'behind',
          title: 'Changes that a process has not applied yet',
          unit: 'records',
          why: 'What was added to the lists goes unmatched in the partitions of a process that is behind.',
          queries: [
            {
              expr: 'scalar(max(hashwarden_known_offset)) - hashwarden_known_offset',
              legend: '{{instance}}',
            },
          ],
          runbook: 'HashwardenKnownSetBehind',
        },
        {
          id: 'changes',
          title: 'Changes of the lists',
          unit: 'records a second',
          why: 'Lists that never change are old lists: see whether their import still runs.',
          queries: [
            {
              expr: 'max by (job) (rate(hashwarden_known_offset[$__rate_interval]))',
              legend: '{{job}}',
            },
          ],
          runbook: 'HashwardenListsUnchanged',
        },
        {
          id: 'canary-entries',
          title: 'Canaries in the known set',
          unit: 'entries',
          why: '1 for each type. At 0 the canary of that type was removed, and perhaps more.',
          queries: [{ expr: 'min by (job, type) (hashwarden_known_canary)', legend: '{{job}}: {{type}}' }],
          runbook: 'HashwardenCanaryGone',
        },
        {
          id: 'canaries-missed',
          title: 'Canaries that were read and not found',
          unit: 'events',
          why: 'Reports of that type go unmatched.',
          queries: [
            {
              expr: 'sum by (job, type) (increase(hashwarden_canaries_missed_total[$__rate_interval]))',
              legend: '{{job}}: {{type}}',
            },
          ],
          runbook: 'HashwardenCanaryMissed',
        },
        {
          id: 'policy-differs',
          title: 'For how long the group has had two policies',
          unit: 'seconds',
          why: 'While it does, whether a report makes a hit depends on which matcher reads it.',
          queries: [{ expr: 'max by (job) (hashwarden_policy_differs_seconds)', legend: '{{job}}' }],
          runbook: 'HashwardenPoliciesDiffer',
          limit: 600,
        },
        {
          id: 'rejected',
          title: 'Records that are no entries',
          unit: 'events',
          why: 'They are not searched. The log names their offsets.',
          queries: [
            {
              expr: 'sum by (job, code) (increase(hashwarden_known_rejected_total[$__rate_interval]))',
              legend: '{{job}}: {{code}}',
            },
          ],
          runbook: 'HashwardenKnownRejected',
        },
      ],
    },
    {
      title: 'Are its lists fresh?',
      panels: [
        {
          id: 'list-age',
          title: 'Time since each list was read to its end',
          unit: 'seconds',
          why: 'What a source adds meanwhile is not known here. It falls to 0 each time that the source has been read.',
          queries: [
            { expr: 'max by (job, source) (hashwarden_list_age_seconds)', legend: '{{job}}: {{source}}' },
          ],
          runbook: 'HashwardenListStale',
        },
        {
          id: 'list-staleness',
          title: 'Age of each list, of what its settings allow',
          unit: 'share',
          why: 'From 1 on a list is stale.',
          queries: [
            {
              expr: 'max by (job, source) (hashwarden_list_age_seconds / on (job, instance, source) hashwarden_list_stale_after_seconds)',
              legend: '{{job}}: {{source}}',
            },
          ],
          runbook: 'HashwardenListStale',
          limit: 1,
        },
        {
          id: 'list-entries',
          title: 'Entries that lists brought, by change',
          unit: 'events',
          why: 'A list that removes much, or brings nothing for long, is worth a question to its source.',
          queries: [
            {
              expr: 'sum by (source, change) (increase(hashwarden_list_entries_total[$__rate_interval]))',
              legend: '{{source}}: {{change}}',
            },
          ],
          runbook: 'HashwardenListChangeWaits',
        },
        {
          id: 'list-pages',
          title: 'Pages and files that were read',
          unit: 'events',
          why: 'None at all: no daemon reads the lists.',
          queries: [
            {
              expr: 'sum by (source) (increase(hashwarden_list_pages_total[$__rate_interval]))',
              legend: '{{source}}',
            },
          ],
          runbook: 'HashwardenNoListSync',
        },
        {
          id: 'list-pages-refused',
          title: 'Pages and files that can’t be used',
          unit: 'events',
          why: 'They are asked for again, and none is skipped. Code bad-paging: find out who answers for the source.',
          queries: [
            {
              expr: 'sum by (source, code) (increase(hashwarden_list_pages_refused_total[$__rate_interval]))',
              legend: '{{source}}: {{code}}',
            },
          ],
          runbook: 'HashwardenListPagesRefused',
        },
        {
          id: 'list-records-refused',
          title: 'Records that can’t be used',
          unit: 'events',
          why: 'Their hashes go unmatched. One that is read again counts again.',
          queries: [
            {
              expr: 'sum by (source) (increase(hashwarden_list_records_refused_total[$__rate_interval]))',
              legend: '{{source}}',
            },
          ],
          runbook: 'HashwardenListRecordsRefused',
        },
        {
          id: 'list-wait',
          title: 'Lists that can’t be read, or wait for a person',
          unit: 'entries',
          why: '1: the source can’t be read, or a large change of it waits for approval.',
          queries: [
            { expr: 'max by (source) (hashwarden_list_troubled)', legend: '{{source}}: can’t be read' },
            { expr: 'max by (source) (hashwarden_list_pending)', legend: '{{source}}: a change waits' },
          ],
          runbook: 'HashwardenListUnreadable',
        },
      ],
    },
    {
      title: 'Do others get what we share of it?',
      panels: [
        {
          id: 'share-age',
          title: 'Time since the sharing process had all of the topic',
          unit: 'seconds',
          why: 'It asks every five seconds. While it lacks something, readers get 503 and have to ask again.',
          queries: [
            {
              expr: 'max by (job, instance) (hashwarden_share_known_age_seconds)',
              legend: '{{job}}: {{instance}}',
            },
          ],
          runbook: 'HashwardenShareBehind',
          limit: 60,
        },
        {
          id: 'share-requests',
          title: 'Requests of readers, by status',
          unit: 'events',
          why: '5xx: readers have to ask again. None at all: no client reads what we share.',
          queries: [
            {
              expr: 'sum by (status) (increase(hashwarden_share_requests_total[$__rate_interval]))',
              legend: '{{status}}',
            },
          ],
          runbook: 'HashwardenShareFailing',
        },
        {
          id: 'share-refused',
          title: 'Requests that were refused, by why',
          unit: 'events',
          why: 'A client that is refused misses withdrawals. unknown-client: strangers, or a client with a wrong name.',
          queries: [
            {
              expr: 'sum by (code) (increase(hashwarden_share_refused_total[$__rate_interval]))',
              legend: '{{code}}',
            },
          ],
          runbook: 'HashwardenShareRefused',
        },
        {
          id: 'share-entries',
          title: 'Files that readers were given',
          unit: 'events',
          why: 'Withdrawals included. Much more than usual: a client begins again, or a password is in the wrong hands.',
          queries: [
            {
              expr: 'sum by (job) (increase(hashwarden_share_entries_total[$__rate_interval]))',
              legend: '{{job}}',
            },
          ],
          runbook: 'HashwardenShareRefused',
        },
      ],
    },
    {
      title: 'Has it reached the reports of the past?',
      panels: [
        {
          id: 'retro-behind',
          title: 'Changes that no look back has covered',
          unit: 'records',
          why: 'It falls to 0 after each change of a list. If it stays, see the partitions that wait.',
          queries: [
            {
              expr: 'max by (job) (hashwarden_known_offset) - max by (job) (hashwarden_retro_known_offset)',
              legend: '{{job}}',
            },
          ],
          runbook: 'HashwardenRetroWaits',
        },
        {
          id: 'retro-waiting',
          title: 'Partitions that looking back waits for',
          unit: 'records',
          why: 'Their live matching has not reached the changes yet.',
          queries: [{ expr: 'max by (job) (hashwarden_retro_waiting_partitions)', legend: '{{job}}' }],
          runbook: 'HashwardenRetroWaits',
        },
        {
          id: 'retro-reports',
          title: 'Retained reports looked back at',
          unit: 'records a second',
          why: 'It shares the processor with live matching, as `match.retro.share` says.',
          queries: [
            {
              expr: 'sum by (job) (rate(hashwarden_retro_reports_total[$__rate_interval]))',
              legend: '{{job}}: reports',
            },
            {
              expr: 'sum by (job) (rate(hashwarden_retro_hits_total[$__rate_interval]))',
              legend: '{{job}}: hits',
            },
          ],
          runbook: 'HashwardenRetroWaits',
        },
      ],
    },
    {
      title: 'Does a restart find its snapshot?',
      panels: [
        {
          id: 'snapshot-age',
          title: 'Age of the snapshot',
          unit: 'seconds',
          why: 'A start reads from the snapshot on. One that is older than 29 days is of no use.',
          queries: [{ expr: 'time() - hashwarden_snapshot_as_of_seconds', legend: '{{instance}}' }],
          runbook: 'HashwardenSnapshotFailing',
          limit: 2_505_600,
        },
        {
          id: 'snapshots-refused',
          title: 'Snapshots that could not be written or loaded',
          unit: 'events',
          why: 'A start takes longer by that. Code damaged or wrong-key: find out who wrote the file.',
          queries: [
            {
              expr: 'sum by (instance) (increase(hashwarden_snapshot_failures_total[$__rate_interval]))',
              legend: '{{instance}}: not written',
            },
            {
              expr: 'sum by (instance, code) (increase(hashwarden_snapshot_refused_total[$__rate_interval]))',
              legend: '{{instance}}: {{code}}',
            },
          ],
          runbook: 'HashwardenSnapshotRefused',
        },
      ],
    },
  ],
}
