import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { fileKind, isNamedLikePicture } from '../../src/hashing/file-kind.ts'

/** The kind that a file has whose first bytes these are, each character one byte. */
function kindOf(head: string): string {
  const kind = fileKind(Buffer.from(head.padEnd(100, '\0'), 'latin1'))
  return kind ? `${kind.mediaType} ${kind.name}${kind.decodable ? '' : ', not decoded'}` : 'neither'
}

const isoMedia = (...brands: string[]): string =>
  `\0\0\0${String.fromCharCode(16 + 4 * (brands.length - 1))}ftyp${brands[0]}\0\0\0\0${brands.slice(1).join('')}`

test('pictures that sharp writes are decoded', async () => {
  for (const format of ['jpeg', 'png', 'webp', 'gif', 'tiff', 'avif'] as const) {
    const picture = sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } })
    expect(fileKind(await picture.toFormat(format).toBuffer()), format).toMatchObject({ decodable: true })
  }
})

describe('a picture that is not decoded is a picture all the same', () => {
  test.each([
    ['HEIC', isoMedia('heic', 'mif1', 'heic')],
    ['HEIC', isoMedia('mif2', 'miaf')],
    ['HEIC', isoMedia('miaf')],
    ['HEIC', isoMedia('avci', 'mif1')],
    ['HEIC', isoMedia('isom', 'iso2', 'heix')],
    ['JPEG 2000', '\0\0\0\x0cjP  \r\n\x87\n'],
    ['JPEG 2000', '\xff\x4f\xff\x51\0\x2f'],
    ['JPEG XL', '\0\0\0\x0cJXL \r\n\x87\n'],
    ['ICO', '\0\0\x01\0\x01\0\x10\x10\0\0\x01\0\x20\0\x28\0\0\0\x16\0\0\0'],
    ['BMP', 'BM\x36\x03\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x10'],
    ['Netpbm', 'P6\n# made by hand\n20 10\n255\n'],
    ['Netpbm', 'P3 4 4 255 '],
    ['Netpbm', 'P7\nWIDTH 4\n'],
    ['Targa', '\0\0\x02\0\0\0\0\0\0\0\0\0\x40\0\x40\0\x18\x20'],
    ['Targa', '\0\x01\x09\0\0\0\x01\x18\0\0\0\0\x40\0\x40\0\x08\0'],
    ['SVG', '<svg xmlns="http://www.w3.org/2000/svg">'],
    ['SVG', '\xef\xbb\xbf<?xml version="1.0"?>\n<!-- a -- b --><!DOCTYPE svg [<!ENTITY a "b">]>\n<svg:svg>'],
    ['Photoshop', '8BPS\0\x01'],
    ['camera raw', 'FUJIFILMCCD-RAW 0201'],
  ])('%s', (name, head) => expect(kindOf(head)).toBe(`image ${name}, not decoded`))
})

describe('an animated AVIF is a picture by any of its brands', () => {
  test.each([[isoMedia('avis', 'avif', 'msf1')], [isoMedia('mif1', 'avif')], [isoMedia('msf1', 'avis')]])(
    '%j',
    (head) => expect(kindOf(head)).toBe('image AVIF'),
  )
})

describe('a film is a film', () => {
  test.each([
    ['MP4', isoMedia('isom', 'mp42')],
    ['QuickTime', isoMedia('qt  ')],
    ['QuickTime', '\0\0\0\x08wide\0\0\0\0mdat'],
    ['Matroska', '\x1a\x45\xdf\xa3'],
    ['AVI', 'RIFF\0\0\0\0AVI LIST'],
    ['Ogg', `OggS${'\0'.repeat(24)}\x80theora`],
    ['Windows Media', '\x30\x26\xb2\x75\x8e\x66\xcf\x11'],
    ['MPEG', '\0\0\x01\xba\x44'],
    ['MPEG-TS', `G${'\0'.repeat(187)}`.repeat(4)],
    ['MPEG-TS', `\0\0\0\0G${'\0'.repeat(187)}`.repeat(4)],
  ])('%s', (name, head) => expect(kindOf(head)).toBe(`video ${name}, not decoded`))
})

describe('what is neither picture nor film is taken for neither', () => {
  test.each([
    ['a text', 'BMW is a car maker'],
    ['a text with a box in it', 'the free encyclopedia'],
    ['HTML with a drawing in it', '<!DOCTYPE html><html><svg></svg></html>'],
    ['a text that begins like a Netpbm', 'P2P networks'],
    ['sound in MP4', isoMedia('M4A ', 'isom')],
    ['sound in Ogg', `OggS${'\0'.repeat(24)}\x01vorbis`],
    ['a WAV', 'RIFF\0\0\0\0WAVEfmt '],
    ['a PDF', '%PDF-1.7'],
    ['a ZIP', 'PK\x03\x04'],
    ['zeros', ''],
  ])('%s', (_what, head) => expect(kindOf(head)).toBe('neither'))
})

test('a text made to slow down the search for SVG does not', () => {
  const head = `<?xml version="1.0"?>${'<!---->'.repeat(600)}`.slice(0, 4090)
  expect(kindOf(head)).toBe('neither')
})

test('names of pictures are known, in any case', () => {
  for (const name of ['a.JPG', 'b.heic', 'c.jp2', 'd.ico', 'e.tga', 'f.svgz', 'g.ppm', 'h.avifs', 'i.apng']) {
    expect(isNamedLikePicture(name), name).toBe(true)
  }
  for (const name of ['a.mp4', 'jpg', 'b.jpg.txt', 'c.pdf'])
    expect(isNamedLikePicture(name), name).toBe(false)
})
