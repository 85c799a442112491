// Kafka: disks for the topics, and the network between platforms, brokers and matchers.
import { DAY_SECONDS, digits, type Figure, type PlannedLoad } from './figure.ts'
import { MEASURED } from './measured.ts'

/** Free space, segments that are not deleted yet, indices. */
const DISK_MARGIN = 1.3
/** Kafka compacts once about a half of a log is old. */
const COMPACTION_MARGIN = 2
/** A second of the busiest minute against the mean. */
const NETWORK_MARGIN = 2
/** How long the topic of hits keeps them, by `topics apply`. */
const HITS_KEPT_DAYS = 90

const { records, review } = MEASURED

const kafka = (figure: Omit<Figure, 'part'>): Figure => ({ part: 'Kafka', ...figure })

export const kafkaFigures = (asked: PlannedLoad): readonly Figure[] => [
  ...diskFigures(asked),
  ...networkFigures(asked),
]

function diskFigures(asked: PlannedLoad): readonly Figure[] {
  const { reports, known, idBytes, replication, hitShare, retentionDays } = asked
  const hits = reports * hitShare
  return [
    kafka({
      name: 'disk for reports',
      value: reports * records.reportBytes * retentionDays * DAY_SECONDS * replication * DISK_MARGIN,
      unit: 'bytes',
      formula: `${digits(reports)} reports/s × ${records.reportBytes} bytes × ${retentionDays} days × ${replication} replicas × ${DISK_MARGIN}`,
      measured: `a PDQ hash and an MD5, batches of 1,024 packed by zstd; ${records.reportPlainBytes} bytes unpacked (${records.machine})`,
      margin: `${DISK_MARGIN} ×. Producers that send small batches, or do not pack them, need up to ${digits(records.reportPlainBytes / records.reportBytes)} times as much`,
    }),
    kafka({
      name: 'disk for hits',
      value: hits * review.hitBytes * HITS_KEPT_DAYS * DAY_SECONDS * replication * DISK_MARGIN,
      unit: 'bytes',
      formula: `${digits(hits)} hits/s × ${digits(review.hitBytes)} bytes × ${HITS_KEPT_DAYS} days × ${replication} replicas × ${DISK_MARGIN}`,
      measured: `mean of ${digits(review.hits)} made-up hits, unpacked (${review.machine})`,
      margin: `${DISK_MARGIN} ×; taken as not packed, because hits come in small batches`,
    }),
    kafka({
      name: 'disk for known hashes',
      value: known * (records.knownHashBytes + idBytes) * replication * COMPACTION_MARGIN,
      unit: 'bytes',
      formula: `${digits(known)} hashes × (${records.knownHashBytes} + ${idBytes}) bytes × ${replication} replicas × ${COMPACTION_MARGIN}`,
      measured: `batches of 1,024 packed by zstd, where the source id was the beginning of the value (${records.machine}); an id of its own is taken as not packed`,
      margin: `${COMPACTION_MARGIN} ×, for records that Kafka has yet to compact`,
    }),
  ]
}

function networkFigures({ reports, replication }: PlannedLoad): readonly Figure[] {
  const network = reports * records.reportBytes * NETWORK_MARGIN
  const measured = `size of a report as above`
  const margin = `${NETWORK_MARGIN} × the mean; hits and commits are small beside it, looking back reads all retained reports once more`
  const formula = `${digits(reports)} reports/s × ${records.reportBytes} bytes × ${NETWORK_MARGIN}`
  return [
    kafka({
      name: 'network into the brokers',
      value: network * replication,
      unit: 'bytes a second',
      formula: `${formula} × ${replication} (platforms once, then from broker to broker)`,
      measured,
      margin,
    }),
    kafka({
      name: 'network to all matchers',
      value: network,
      unit: 'bytes a second',
      formula,
      measured,
      margin,
    }),
  ]
}
