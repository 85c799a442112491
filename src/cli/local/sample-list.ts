import { writeBalancedHash, type Random } from '../../hash/random-hash.ts'
import { unpackHex } from '../../hash/hash-value.ts'
import type { ListedHash } from '../../lists/plain.ts'
import type { DemoPicture } from './pictures.ts'

/** The sample known set: the hashes of the known pictures among random ones that look like PDQ hashes. */
export async function* sampleList(
  pictures: readonly DemoPicture[],
  randomValues: number,
  random: Random,
): AsyncGenerator<ListedHash> {
  for (const [index, { known, hashes }] of pictures.entries()) {
    if (known) for (const { type, value } of hashes) yield { type, value, sourceId: `picture-${index}` }
  }
  const words = new Uint32Array(8)
  for (let index = 0; index < randomValues; index++) {
    writeBalancedHash(random, words, 0)
    const value = unpackHex(words, 0, 8)
    yield { type: 'pdq', value, sourceId: value }
  }
}
