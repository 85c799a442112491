// Answers in the XML form of NCMEC's hash sharing API, version 2.
import { printedSecond } from './range.ts'
import type { SharedFile, SharedPage } from './shared-files.ts'
import { memberNumber, type WireIds } from './wire-names.ts'

const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
const NAMESPACE = 'xmlns="https://hashsharing.ncmec.org/hashsharing/v2"'

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}
const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (one) => ESCAPES[one])

const memberElement = (number: number, name: string): string =>
  `<member id="${number}">${escaped(name)}</member>`

/** A source as a member. */
const sourceMember = (source: string): string => memberElement(memberNumber(`source:${source}`), source)

const element = (name: string, body: string): string =>
  `${DECLARATION}<${name} ${NAMESPACE}>${body}</${name}>\n`

export const statusXml = (client: string, address: string): string =>
  element(
    'status',
    `<ipAddress>${escaped(address)}</ipAddress><username>${escaped(client)}</username>${memberElement(memberNumber(`client:${client}`), client)}`,
  )

export const membersXml = (sources: readonly string[]): string =>
  element('members', sources.map(sourceMember).join(''))

/** None: feedback isn't taken. Clients look for the element below the root. */
export const reasonsXml = (): string => element('feedbackReasons', '<availableFeedbackReasons/>')

/** A page of changes. `next` is relative to the base. */
export function entriesXml({ files }: SharedPage, ids: WireIds, next: string | undefined): string {
  const lists = (['image', 'video'] as const).map((media) =>
    listXml(
      media,
      files.filter((file) => file.media === media),
      ids,
    ),
  )
  const paging = next === undefined ? '' : `<paging><next>${escaped(next)}</next></paging>`
  return element('queryResult', `${lists.join('')}${paging}`)
}

/** An empty list has no newest time. */
function listXml(media: SharedFile['media'], files: readonly SharedFile[], ids: WireIds): string {
  const newest = files.reduce((latest, { second }) => Math.max(latest, second), 0)
  const attributes = files.length === 0 ? '' : ` maxTimestamp="${printedSecond(newest)}"`
  const body = files.map((file) => fileXml(file, ids)).join('')
  return `<${media}s count="${files.length}"${attributes}>${body}</${media}s>`
}

function fileXml({ source, sourceId, isIdValue, second, media, live }: SharedFile, ids: WireIds): string {
  const member = sourceMember(source)
  const id = `<id>${escaped(ids.of(source, sourceId, isIdValue))}</id>`
  const time = `<timestamp>${printedSecond(second)}</timestamp>`
  if (live === undefined) {
    const tag = media === 'image' ? 'deletedImage' : 'deletedVideo'
    return `<${tag}>${member}${id}${time}</${tag}>`
  }
  const { scheme, code } = live.classification
  const fingerprints = live.hashes
    .map(({ tag, value }) => (value === undefined ? `<${tag}/>` : `<${tag}>${escaped(value)}</${tag}>`))
    .join('')
  return `<${media}>${member}${time}${id}<classification scheme="${escaped(scheme)}">${escaped(code)}</classification><fingerprints>${fingerprints}</fingerprints></${media}>`
}
