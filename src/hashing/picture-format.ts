// What a file is, by its first bytes; its name only tells whether somebody meant it to be a picture.

export interface PictureFormat {
  readonly name: string
  /** Whether `picture.ts` decodes it. */
  readonly decodable: boolean
}

const DECODABLE_NAME = /\.(?:jpe?g|jpe|jfif|png|webp|gif|tiff?|avif)$/i

/** Whether a file's name ends like that of a picture we decode. */
export const isNamedLikePicture = (file: string): boolean => DECODABLE_NAME.test(file)

/**
 * The picture format that a file's first bytes (64 or more, unless the file is shorter) announce, or undefined
 * if they announce none. Formats that are pictures but are not decoded here are named, so that a platform that
 * receives them learns of it instead of getting reports without a perceptual hash.
 */
export function pictureFormat(head: Buffer): PictureFormat | undefined {
  const has = ([at, text]: readonly [number, string]): boolean =>
    head.toString('latin1', at, at + text.length) === text
  for (const [name, decodable, ...parts] of SIGNATURES) {
    if (parts.every(has)) return { name, decodable }
  }
  if (!has([4, 'ftyp'])) return undefined
  // ISO base media: its brands tell AVIF and HEIC from films. HEIC carries HEVC, which sharp's libvips lacks.
  const brands = head.toString('latin1', 8, Math.min(head.readUInt32BE(0), 256))
  if (/avi[fs]/.test(brands)) return { name: 'AVIF', decodable: true }
  return /^(?:hei[cmsx]|hev[cmsx]|mif1|msf1)/.test(brands) ? { name: 'HEIC', decodable: false } : undefined
}

type Signature = readonly [
  name: string,
  decodable: boolean,
  ...parts: (readonly [at: number, text: string])[],
]

const SIGNATURES: readonly Signature[] = [
  ['JPEG', true, [0, '\xff\xd8\xff']],
  ['PNG', true, [0, '\x89PNG\r\n\x1a\n']],
  ['WebP', true, [0, 'RIFF'], [8, 'WEBP']],
  ['GIF', true, [0, 'GIF87a']],
  ['GIF', true, [0, 'GIF89a']],
  ['TIFF', true, [0, 'II*\0']],
  ['TIFF', true, [0, 'MM\0*']],
  ['TIFF', true, [0, 'II+\0']],
  ['TIFF', true, [0, 'MM\0+']],
  // Two letters alone could begin a text: the reserved field and the size of the header must fit too.
  ['BMP', false, [0, 'BM'], [6, '\0\0\0\0'], [15, '\0\0\0']],
  ['JPEG XL', false, [0, '\xff\x0a']],
  ['JPEG XL', false, [0, '\0\0\0\x0cJXL \r\n\x87\n']],
  ['JPEG 2000', false, [0, '\0\0\0\x0cjP  \r\n\x87\n']],
  ['Photoshop', false, [0, '8BPS\0\x01']],
]
