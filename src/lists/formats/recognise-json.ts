// Tells the format of JSON by the names of its first members. Its reader then asks for all that the format has.

type JsonFormat = 'vics' | 'stopncii' | 'tat' | 'threatexchange' | 'hma' | 'misp' | 'stix'

/** What the beginning of each has. */
const SIGNS: Readonly<Record<JsonFormat, readonly RegExp[]>> = {
  vics: [/"@?odata\.(context|metadata)"\s*:|"MediaID"\s*:/i],
  stopncii: [/"hashRecords"\s*:|"hashStatus"\s*:/],
  tat: [/"hash_digest"\s*:/],
  threatexchange: [/"indicator"\s*:/, /"(descriptors|should_delete)"\s*:/],
  hma: [/"signals"\s*:/, /"disable_until_ts"\s*:/],
  misp: [/"Event"\s*:|"to_ids"\s*:/, /"(Attribute|Object)"\s*:/],
  stix: [/"type"\s*:\s*"(bundle|indicator)"/, /"spec_version"\s*:|"objects"\s*:/],
}

/** The one format that the beginning of a JSON text has the signs of; undefined: of none, or of several. */
export function recogniseJson(head: string): JsonFormat | undefined {
  // Object.keys loses the names that the object has.
  const names = Object.keys(SIGNS) as readonly JsonFormat[]
  const found = names.filter((name) => SIGNS[name].every((sign) => sign.test(head)))
  return found.length === 1 ? found[0] : undefined
}
