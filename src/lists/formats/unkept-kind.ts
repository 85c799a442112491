// The names of kinds that lists have and that give no entry, as they may be counted and shown.
import { listedTypeOf } from './listed-hash.ts'

/** Digests and fingerprints. */
const HASHES =
  'ahash authentihash blake2b blake2s blake3 cdhash colorhash crc32 crc32c dhash f1 imphash impfuzzy md2 md4 md6 nilsimsa pehash phash ripemd160 sdhash sha224 sha384 sha512224 sha512256 sha3224 sha3256 sha3384 sha3512 ssdeep tigerhash tlsh vhash whash whirlpool x509fingerprintmd5 x509fingerprintsha1 x509fingerprintsha256'
/** Objects of STIX and MISP. */
const OBJECTS =
  'artifact attackpattern autonomoussystem bundle campaign courseofaction directory domainname emailaddr emailmessage extensiondefinition file grouping identity incident indicator infrastructure intrusionset ipv4addr ipv6addr languagecontent location macaddr malware malwareanalysis markingdefinition mutex networktraffic note observeddata opinion pesection process relationship report sighting software threatactor tool url useraccount vulnerability windowsregistrykey x509certificate'
/** Attributes of MISP and signals of ThreatExchange and StopNCII. */
const ATTRIBUTES =
  'attachment comment datetime domain emaildst emailsrc filename hashimphash hashpdqocr hashssdeep hashtexttlsh hashtlsh hostname ipaddress ipdst ipsrc link malwaresample mimetype other rawtext sizeinbytes text textstring trendquery uri useragent videovpdqocr'

const PUNCTUATION = /[-_ ./]/g
const KNOWN: ReadonlySet<string> = new Set(`${HASHES} ${OBJECTS} ${ATTRIBUTES}`.split(' '))
/** A name is no longer. */
const MAX_LENGTH = 32

/**
 * The name of a kind, if it is one that is known: a list may have a value, a person's name or that of a file where the
 * kind belongs.
 */
export function unkeptKind(name: unknown): string {
  if (typeof name !== 'string' || name.length > MAX_LENGTH) return OTHER
  const isKnown =
    KNOWN.has(name.toLowerCase().replaceAll(PUNCTUATION, '')) || listedTypeOf(name) !== undefined
  return isKnown ? name : OTHER
}

const OTHER = 'of another name'
