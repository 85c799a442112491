// The canonical JSON of a report that has passed its check: the same text as canonicalJson makes, in a quarter of the time.
// A gateway makes it of every report.
import { canonicalJson } from './json.ts'
import type { Report, ReportedHash } from './report.ts'

/**
 * The check has proved that every text of a report is of characters that JSON leaves as they are, that its numbers are
 * integers below 2^53, and that it has no other field than these.
 */
export function canonicalReport(report: Report): string {
  const { actorRef, annotations, basis, byteLength, collectionRef, cybertipId, jurisdictions, viewed } =
    report
  return (
    '{' +
    text('actorRef', actorRef) +
    (annotations === undefined ? '' : `"annotations":${canonicalJson(annotations)},`) +
    (basis === undefined ? '' : `"basis":{"kind":"${basis.kind}"${lastText('ref', basis.ref)}},`) +
    (byteLength === undefined ? '' : `"byteLength":${byteLength},`) +
    text('collectionRef', collectionRef) +
    `"contentRef":"${report.contentRef}",` +
    text('cybertipId', cybertipId) +
    `"hashes":${hashesOf(report.hashes)},` +
    (jurisdictions === undefined ? '' : `"jurisdictions":${canonicalJson(jurisdictions)},`) +
    `"mediaType":"${report.mediaType}","observedAt":"${report.observedAt}","platform":"${report.platform}",` +
    `"reportId":"${report.reportId}","schema":"report/1"` +
    (viewed === undefined ? '' : `,"viewed":{${text('by', viewed.by)}"thisFile":"${viewed.thisFile}"}`) +
    '}'
  )
}

const text = (name: string, value: string | undefined): string =>
  value === undefined ? '' : `"${name}":"${value}",`

const lastText = (name: string, value: string | undefined): string =>
  value === undefined ? '' : `,"${name}":"${value}"`

function hashesOf(hashes: readonly ReportedHash[]): string {
  let all = ''
  for (const { type, value, quality } of hashes)
    all += `${all === '' ? '[' : ','}{${quality === undefined ? '' : `"quality":${quality},`}"type":"${type}","value":"${value}"}`
  return `${all}]`
}
