// The metrics of the daemon that keeps lists up to date. Their label is the name of a source in the settings.
import { Counter, Gauge } from 'prom-client'
import { AgeGauge } from './age-gauge.ts'
import type { Place } from './metric-place.ts'

const labelNames = ['source'] as const

export const syncMetrics = ({ registers }: Place) => ({
  syncActive: new Gauge({
    name: 'hashwarden_sync_active',
    help: '1 while this daemon keeps the lists up to date, 0 while it waits for its turn or is another program',
    registers,
  }),
  listAge: new AgeGauge<'source'>({
    name: 'hashwarden_list_age_seconds',
    help: 'Time since a list was last read to its end, by the process that reads it; of one that never was, since this process started',
    labelNames: [...labelNames],
    registers,
  }),
  listStaleAfter: new Gauge({
    name: 'hashwarden_list_stale_after_seconds',
    help: 'The age from which a list is no longer fresh, as the settings say',
    labelNames: [...labelNames],
    registers,
  }),
  listTroubled: new Gauge({
    name: 'hashwarden_list_troubled',
    help: '1 while a list can’t be read in full, or a person refused what it brings',
    labelNames: [...labelNames],
    registers,
  }),
  listPending: new Gauge({
    name: 'hashwarden_list_pending',
    help: '1 while a large change of a list waits for a person',
    labelNames: [...labelNames],
    registers,
  }),
  listPages: new Counter({
    name: 'hashwarden_list_pages_total',
    help: 'Pages and files of a list that were read',
    labelNames: [...labelNames],
    registers,
  }),
  listPagesRefused: new Counter({
    name: 'hashwarden_list_pages_refused_total',
    help: 'Pages and files of a list that came and can’t be used, by why. They are asked for again, and none is skipped',
    labelNames: [...labelNames, 'code'],
    registers,
  }),
  listRecordsRefused: new Counter({
    name: 'hashwarden_list_records_refused_total',
    help: 'Records of a list that can’t be used, so that their hashes are not known here; one that is read again counts again',
    labelNames: [...labelNames],
    registers,
  }),
  listEntries: new Counter({
    name: 'hashwarden_list_entries_total',
    help: 'Entries of a list that were published, by change',
    labelNames: [...labelNames, 'change'],
    registers,
  }),
})
