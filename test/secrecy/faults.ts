// What goes wrong in the run: records that are refused, writes that are refused, a broker that restarts.
import kafkajs from 'kafkajs'
import { STRANGER } from '../integration/secure-broker.ts'
import { eventually } from '../fixtures/eventually.ts'
import { REFERENCES, REPORT, VALUES } from './planted.ts'
import type { System } from './system.ts'

const LONG = `${REFERENCES.contentRef}${VALUES.refused[1]}`.repeat(400)

/** Records of topic `reports` that are no reports, each with planted values. */
const NO_REPORTS: readonly (string | Buffer)[] = [
  `{"reportId":"${REFERENCES.reportId}","value":"${VALUES.refused[1]}`,
  REFERENCES.contentRef,
  JSON.stringify({ ...REPORT, [REFERENCES.field]: VALUES.refused[1] }),
  JSON.stringify({ ...REPORT, [VALUES.refused[1]]: 1 }),
  JSON.stringify({ ...REPORT, contentRef: `/${REFERENCES.contentRef}/${VALUES.refused[1]}` }),
  JSON.stringify({ ...REPORT, hashes: [{ type: REFERENCES.field, value: VALUES.refused[1] }] }),
  JSON.stringify({ ...REPORT, hashes: [{ type: 'sha256', value: VALUES.refused[1] }] }),
  JSON.stringify({ ...REPORT, actorRef: LONG }),
  JSON.stringify({ ...REPORT, schema: `report/${VALUES.refused[1]}` }),
  Buffer.concat([Buffer.from(JSON.stringify(REPORT)), Buffer.from(VALUES.refused[1], 'hex')]),
]

export async function submitNoReports({ deployment: { log, settings } }: System): Promise<void> {
  const headers = {
    // Of the wrong form; and of the right one, but for its end.
    traceparent: Buffer.from(
      `00-${VALUES.refused[1].slice(0, 32)}-${VALUES.refused[1].slice(0, 16)}-01-${REFERENCES.field}`,
    ),
    [REFERENCES.field]: Buffer.from(REFERENCES.actorRef),
  }
  await log.produce(
    settings.topics.reports,
    NO_REPORTS.map((value) => ({ key: REFERENCES.recordKey, value, headers })),
  )
  const key = `sha1:${VALUES.refused[1]}:example-list:${encodeURIComponent(REFERENCES.sourceId)}`
  await log.produce(settings.topics.knownHashes, [
    { key, value: `{"value":"${VALUES.refused[1]}"}` },
    { key: `${key}:${REFERENCES.recordKey}`, value: null },
    { key: REFERENCES.recordKey, value: JSON.stringify(REPORT) },
  ])
  await log.produce(settings.topics.hits, [
    { key: VALUES.refused[1], value: JSON.stringify({ ...REPORT, hitId: VALUES.refused[1] }) },
    { key: REFERENCES.recordKey, value: REFERENCES.contentRef },
  ])
}

/** The report, in records of its own: with headers, and in one that a hit of its own comes of. */
export async function submitReports({ deployment: { log, settings } }: System): Promise<void> {
  const traceparent = Buffer.from('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01')
  const foreign = Buffer.from(REFERENCES.actorRef)
  await log.produce(settings.topics.reports, [
    {
      key: REPORT.reportId,
      value: JSON.stringify(REPORT),
      headers: { traceparent, [REFERENCES.field]: foreign },
    },
    {
      key: `${REPORT.reportId}.2`,
      value: JSON.stringify({
        ...REPORT,
        reportId: `${REPORT.reportId}.2`,
        hashes: [{ type: 'pdq', value: VALUES.harmless[1], quality: 80 }],
      }),
    },
  ])
}

/** Hits of a report that Kafka refuses for a time, and a broker that restarts meanwhile. */
export async function refuseHits(system: System, submit: () => Promise<void>): Promise<void> {
  const { broker, deployment, matcher } = system
  const readiness = async (): Promise<string> => (await fetch(`${matcher.url}/readyz`)).text()
  const allow = await broker.deny(STRANGER.name, [
    [kafkajs.AclResourceTypes.TOPIC, deployment.settings.topics.hits, kafkajs.AclOperationTypes.WRITE],
  ])
  await submit()
  await eventually(async () => (await readiness()).includes('publishing'))
  await broker.restart()
  await eventually(async () => {
    await allow()
    return true
  })
  await eventually(async () => (await fetch(`${matcher.url}/readyz`)).ok)
}
