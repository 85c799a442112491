// The ten photographs that demonstration and tests hash.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileKind } from '../hashing/file-kind.ts'
import { openPicture, type Picture, Undecodable } from '../hashing/picture.ts'

export const IMAGES_FOLDER = new URL('images', import.meta.url).pathname

/** The ten test photographs (their sources and terms: src/sample/images/SOURCES.md). */
export function photographs(): { name: string; path: string }[] {
  return readdirSync(IMAGES_FOLDER)
    .filter((file) => file.endsWith('.jpg'))
    .sort()
    .map((file) => ({ name: file.slice(0, -'.jpg'.length), path: join(IMAGES_FOLDER, file) }))
}

/** Decodes a picture file as the product does, and drops the alpha channel, which the reference doesn't take. */
export async function decodeRgb(file: Buffer): Promise<Picture> {
  const picture = await openPicture(file, fileKind(file)?.name ?? 'unknown')
  if (picture instanceof Undecodable) throw new Error(picture.problem)
  const { pixels, width, height } = picture.first
  const rgb = new Uint8Array(width * height * 3)
  for (let from = 0, to = 0; from < pixels.length; from += 4, to += 3) {
    rgb[to] = pixels[from]
    rgb[to + 1] = pixels[from + 1]
    rgb[to + 2] = pixels[from + 2]
  }
  return { pixels: rgb, width, height, channels: 3 }
}
