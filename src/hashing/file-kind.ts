// What a file is, by its first bytes, whatever its name says. A table of our own: the libraries that do this take
// HEIC of the brands mif2, miaf and avci for MP4 and any text that begins with BM for BMP, and know no SVG, PPM or
// TGA (tried: file-type 22.3).

export interface FileKind {
  /** The format's name, for people. */
  readonly name: string
  readonly mediaType: 'image' | 'video'
  /** Whether `picture.ts` decodes it. */
  readonly decodable: boolean
}

const PICTURE_NAME = new RegExp(
  String.raw`\.(?:jpe?g|jpe|jfif|a?png|webp|gif|tiff?|avifs?|hei[cf]s?|hif|bmp|dib|ico|cur|jp2|j2[ck]|jp[fxm]|jxl|jxr|psd|p[bgpnf]m|tga|svgz?|dng|cr[23w]|nef|arw|raf|orf|rw2)$`,
  'i',
)

/** Whether a file's name ends like that of a picture. */
export const isNamedLikePicture = (file: string): boolean => PICTURE_NAME.test(file)

/**
 * The kind that a file's first bytes announce, or undefined if it is neither picture nor video. (One kilobyte or
 * more, unless the file is shorter.) Pictures that are not decoded here have a kind as well, so that a platform
 * that receives them learns of it instead of getting reports without a perceptual hash.
 */
export function fileKind(head: Buffer): FileKind | undefined {
  for (const { kind, parts } of SIGNATURES) {
    if (parts.every(([at, text]) => has(head, at, text))) return kind
  }
  return (
    isoMedia(head) ??
    oggVideo(head) ??
    transportStream(head) ??
    textPicture(head) ??
    icon(head) ??
    targa(head)
  )
}

const has = (head: Buffer, at: number, text: string): boolean =>
  head.toString('latin1', at, at + text.length) === text

const decoded = (name: string): FileKind => ({ name, mediaType: 'image', decodable: true })
const notDecoded = (name: string): FileKind => ({ name, mediaType: 'image', decodable: false })
const video = (name: string): FileKind => ({ name, mediaType: 'video', decodable: false })

const AVIF = decoded('AVIF')
const HEIC = notDecoded('HEIC')
const RAW = notDecoded('camera raw')
const MPEG_TS = video('MPEG-TS')

type Signature = readonly [kind: FileKind, ...parts: (readonly [at: number, text: string])[]]

const TABLE: readonly Signature[] = [
  [decoded('JPEG'), [0, '\xff\xd8\xff']],
  [decoded('PNG'), [0, '\x89PNG\r\n\x1a\n']],
  [decoded('WebP'), [0, 'RIFF'], [8, 'WEBP']],
  [decoded('GIF'), [0, 'GIF87a']],
  [decoded('GIF'), [0, 'GIF89a']],
  [decoded('TIFF'), [0, 'II*\0']],
  [decoded('TIFF'), [0, 'MM\0*']],
  [decoded('TIFF'), [0, 'II+\0']],
  [decoded('TIFF'), [0, 'MM\0+']],
  // Two letters alone could begin a text: the reserved field and the size of the header must fit too.
  [notDecoded('BMP'), [0, 'BM'], [6, '\0\0\0\0'], [15, '\0\0\0']],
  [notDecoded('JPEG XL'), [0, '\xff\x0a']],
  [notDecoded('JPEG XL'), [0, '\0\0\0\x0cJXL \r\n\x87\n']],
  [notDecoded('JPEG 2000'), [0, '\0\0\0\x0cjP  \r\n\x87\n']],
  [notDecoded('JPEG 2000'), [0, '\xff\x4f\xff\x51']],
  [notDecoded('JPEG XR'), [0, 'II\xbc\x01']],
  [notDecoded('Photoshop'), [0, '8BPS\0']],
  [notDecoded('GIMP'), [0, 'gimp xcf ']],
  [notDecoded('ICNS'), [0, 'icns\0']],
  [notDecoded('OpenEXR'), [0, '\x76\x2f\x31\x01']],
  [notDecoded('Radiance HDR'), [0, '#?RADIANCE']],
  [notDecoded('DDS'), [0, 'DDS \x7c\0\0\0']],
  [notDecoded('PCX'), [0, '\x0a\x05\x01'], [65, '\x03']],
  [notDecoded('PCX'), [0, '\x0a\x05\x01'], [65, '\x01']],
  [notDecoded('QOI'), [0, 'qoif']],
  [notDecoded('BPG'), [0, 'BPG\xfb']],
  [notDecoded('FLIF'), [0, 'FLIF']],
  [notDecoded('EMF'), [0, '\x01\0\0\0'], [40, ' EMF']],
  [notDecoded('WMF'), [0, '\xd7\xcd\xc6\x9a']],
  [RAW, [0, 'FUJIFILMCCD-RAW']],
  [RAW, [0, 'IIRO']],
  [RAW, [0, 'IIU\0']],
  [RAW, [0, 'FOVb']],
  [RAW, [0, '\0MRM']],
  [video('Matroska'), [0, '\x1a\x45\xdf\xa3']],
  [video('AVI'), [0, 'RIFF'], [8, 'AVI ']],
  [video('Windows Media'), [0, '\x30\x26\xb2\x75\x8e\x66\xcf\x11']],
  [video('Flash video'), [0, 'FLV\x01']],
  [video('RealMedia'), [0, '.RMF']],
  [video('MXF'), [0, '\x06\x0e\x2b\x34\x02\x05\x01\x01\x0d\x01\x02\x01\x01\x02']],
  [video('MPEG'), [0, '\0\0\x01\xba']],
  [video('MPEG'), [0, '\0\0\x01\xb3']],
  [video('IVF'), [0, 'DKIF\0\0']],
  [video('YUV4MPEG2'), [0, 'YUV4MPEG2 ']],
]

const SIGNATURES = TABLE.map(([kind, ...parts]) => ({ kind, parts }))

/** Brands of the boxes that hold one picture or several, whichever codec they use. */
const PICTURE_BRANDS =
  /^(?:hei[cmsx]|hev[cmsx]|mi[ah]f|mif\d|msf\d|avc[is]|vvi[cs]|evb[is]|jpe?gs?|j2ki|j2is)/
const AUDIO_BRANDS = /^(?:M4[ABP] |F4[AB] )/
/** Boxes that a QuickTime film may begin with; a length over half a gigabyte would be a text. */
const QUICKTIME_BOXES = /^(?:moov|wide|free|skip|pnot)/

/**
 * ISO base media (MP4 and its kin): the brands tell pictures from films. All of them count, not the first alone:
 * what a file holds, a viewer finds by any of them. HEIC carries HEVC, which sharp's libvips lacks.
 */
function isoMedia(head: Buffer): FileKind | undefined {
  if (has(head, 4, 'mdat')) return video('QuickTime')
  const box = head.toString('latin1', 4, 8)
  if (QUICKTIME_BOXES.test(box) && head[0] < 0x20) return video('QuickTime')
  if (box !== 'ftyp') return undefined
  const length = head.readUInt32BE(0)
  const end = Math.min(length < 16 ? head.length : length, 256, head.length)
  const brands: string[] = []
  for (let at = 8; at + 4 <= end; at += 4) if (at !== 12) brands.push(head.toString('latin1', at, at + 4))
  if (brands.some((brand) => brand === 'avif' || brand === 'avis')) return AVIF
  if (brands.some((brand) => PICTURE_BRANDS.test(brand))) return HEIC
  if (brands[0] === 'crx ') return RAW
  if (AUDIO_BRANDS.test(brands[0] ?? '')) return undefined
  return video(brands[0] === 'qt  ' ? 'QuickTime' : 'MP4')
}

/** Ogg carries sound more often than films: the first stream's name tells. */
function oggVideo(head: Buffer): FileKind | undefined {
  if (!has(head, 0, 'OggS')) return undefined
  const streams = head.toString('latin1', 28, 256)
  return ['\x80theora', 'BBCD\0', 'fishead\0', '\x01video'].some((name) => streams.includes(name))
    ? video('Ogg')
    : undefined
}

/** A transport stream is packets of 188 bytes that begin with G; on discs four bytes stand before each packet. */
function transportStream(head: Buffer): FileKind | undefined {
  for (const [first, length] of [
    [0, 188],
    [4, 192],
  ] as const) {
    if ([0, 1, 2, 3].every((packet) => head[first + packet * length] === 0x47)) return MPEG_TS
  }
  return undefined
}

const NETPBM = /^P(?:[1-7]|[Ff])[ \t\r\n]+(?:#[^\n]*\n\s*)*(?:\d+\s|WIDTH )/
const SVG =
  /^(?:\s|<\?xml[^>]*>|<!--(?:(?!-->)[^])*-->|<!DOCTYPE\s+svg[^[>]*(?:\[[^\]]*\]\s*)?>)*<(?:svg:)?svg[\s>]/i
const UTF8_BOM = /^\xef\xbb\xbf/

/** Pictures that begin as a text does. */
function textPicture(head: Buffer): FileKind | undefined {
  const text = head.toString('latin1', 0, 4096).replace(UTF8_BOM, '')
  if (NETPBM.test(text)) return notDecoded('Netpbm')
  return SVG.test(text) ? notDecoded('SVG') : undefined
}

/** Icons and cursors: a list of pictures. The first picture must lie behind the list. */
function icon(head: Buffer): FileKind | undefined {
  if (head.length < 22 || !(has(head, 0, '\0\0\x01\0') || has(head, 0, '\0\0\x02\0'))) return undefined
  const count = head.readUInt16LE(4)
  const fits = count > 0 && head[9] === 0 && head.readUInt32LE(18) >= 6 + 16 * count
  return fits ? notDecoded('ICO') : undefined
}

/** Targa has no signature: the fields of its header must agree with each other. */
function targa(head: Buffer): FileKind | undefined {
  if (head.length < 18) return undefined
  const [hasPalette, type, depth] = [head[1], head[2], head[16]]
  const isPalette = type === 1 || type === 9
  const isPlain = type === 2 || type === 3 || type === 10 || type === 11
  const paletteFits = isPalette
    ? hasPalette === 1 && [15, 16, 24, 32].includes(head[7]) && depth === 8
    : isPlain && hasPalette === 0 && head.readUInt32LE(3) === 0 && head[7] === 0
  const sizeFits = head.readUInt16LE(12) > 0 && head.readUInt16LE(14) > 0 && head[17] < 0x40
  const fits = paletteFits && sizeFits && [8, 15, 16, 24, 32].includes(depth)
  return fits ? notDecoded('Targa') : undefined
}
