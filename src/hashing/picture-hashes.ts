// The perceptual hashes of a picture file.
import { hammingDistance } from '../hash/distance.ts'
import { packed } from '../hash/hash-value.ts'
import { blockhash } from './blockhash.ts'
import type { FileHash } from './file-hash.ts'
import type { HashingLimits } from './limits.ts'
import { pdq, type PdqHash } from './pdq.ts'
import { damaged, type OpenPicture, openPicture, type RgbaPicture, Undecodable } from './picture.ts'

// Which frame and which views of a picture are hashed.
//
// - Of an animation or of several pages, the first frame that has detail enough (PDQ quality of 50 or more) among the
//   first ten, because a blank one can be put before any picture. Without such a frame, the best of them.
// - Transparency is ignored, as by the reference, which hashes the colours beneath. A viewer shows something else then,
//   and can be made to show a known picture over the colours of a harmless one. So where a white page shows another
//   picture, that is hashed as well: a second view, in a report of its own, because a report holds one hash of a type.

/** Hashes of a lower quality are usually discarded. */
const GOOD_QUALITY = 50

/** Two right implementations can differ by this much, so a nearer view needs no hash of its own. */
const SAME_PICTURE_BITS = 10

/** The perceptual hashes of a picture file. */
export interface PictureHashes {
  readonly hashes: readonly FileHash[]
  /** Of what a viewer shows on white, where that is another picture. */
  readonly onWhite?: readonly FileHash[]
  readonly isDamaged: boolean
  /** The index of the frame that was hashed. */
  readonly frame: number
  /** Whether that frame lacks detail, and there are others that can't be decoded. */
  readonly hidesFrames: boolean
}

interface HashedFrame {
  readonly hashes: readonly FileHash[]
  readonly onWhite?: readonly FileHash[]
  /** PDQ quality of the colours. */
  readonly quality: number
  /** The same, or the quality of the view on white if that is better. */
  readonly bestQuality: number
}

/** Decodes a picture's bytes, of a format that file-kind.ts names, and hashes it. */
export async function hashPicture(
  bytes: Buffer,
  format: string,
  limits?: HashingLimits,
): Promise<PictureHashes | Undecodable> {
  const picture = await openPicture(bytes, format, limits)
  if (picture instanceof Undecodable) return picture
  const chosen = await chooseFrame(picture)
  // All that is seen is what was filled in.
  if (picture.isDamaged && chosen.bestQuality === 0) return damaged(format)
  const { hashes, onWhite } = chosen
  return {
    hashes,
    isDamaged: picture.isDamaged,
    frame: chosen.index,
    hidesFrames: picture.hidesFrames && chosen.bestQuality < GOOD_QUALITY,
    ...(onWhite ? { onWhite } : {}),
  }
}

/** The first frame of enough detail, or else the best by its colours or on white. */
async function chooseFrame(picture: OpenPicture): Promise<HashedFrame & { readonly index: number }> {
  let best = { ...hashFrame(picture.first), index: 0 }
  for (let index = 1; index < picture.frameCount && best.quality < GOOD_QUALITY; index++) {
    const frame = await picture.frame(index)
    if (!frame) continue
    const hashed = hashFrame(frame)
    if (hashed.quality >= GOOD_QUALITY || hashed.bestQuality > best.bestQuality) best = { ...hashed, index }
  }
  return best
}

/** The hashes of a frame. Its transparent pixels become white. */
function hashFrame(frame: RgbaPicture): HashedFrame {
  const colours = pdq(frame)
  const hashes = hashesOf(frame, colours)
  const quality = colours?.quality ?? 0
  if (!layOnWhite(frame)) return { hashes, quality, bestQuality: quality }
  const shown = pdq(frame)
  if (!shown || shown.quality < GOOD_QUALITY || (quality >= GOOD_QUALITY && isNear(colours, shown))) {
    return { hashes, quality, bestQuality: quality }
  }
  return { hashes, onWhite: hashesOf(frame, shown), quality, bestQuality: Math.max(quality, shown.quality) }
}

function isNear(a: PdqHash | undefined, b: PdqHash): boolean {
  return a !== undefined && hammingDistance(packed(a.value), 0, packed(b.value), 0) <= SAME_PICTURE_BITS
}

function hashesOf(frame: RgbaPicture, pdqHash: PdqHash | undefined): FileHash[] {
  const hashes: FileHash[] = []
  if (pdqHash) hashes.push({ type: 'pdq', ...pdqHash })
  const blockhashValue = blockhash(frame)
  if (blockhashValue) hashes.push({ type: 'blockhash', value: blockhashValue })
  return hashes
}

/** Lays the picture on a white page, in place; false if it is opaque and so unchanged. */
function layOnWhite({ pixels }: RgbaPicture): boolean {
  let isOpaque = true
  for (let pixel = 0; pixel < pixels.length; pixel += 4) {
    const alpha = pixels[pixel + 3]
    if (alpha === 255) continue
    isOpaque = false
    const white = 255 * (255 - alpha)
    for (let channel = pixel; channel < pixel + 3; channel++) {
      pixels[channel] = Math.round((pixels[channel] * alpha + white) / 255)
    }
    pixels[pixel + 3] = 255
  }
  return !isOpaque
}
