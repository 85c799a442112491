// Makes test/data/pdq-vectors.json and test/data/altered-vectors.json: the hashes that the reference
// implementation of PDQ computes from the same pixels as ours. Only needed when pictures, decoder or reference
// change:
//   python3 -m venv .cache/peers && .cache/peers/bin/pip install -r bench/peers/requirements.txt
//   node bench/quality/vectors.ts .cache/peers/bin/python
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ALTERATIONS } from '../../src/sample/alterations.ts'
import type { Picture } from '../../src/hashing/picture.ts'
import { decodeRgb, photographs } from '../../src/sample/photographs.ts'
import { makePicture, recipeName, SYNTHETIC_PICTURES } from '../../src/sample/synthetic-pictures.ts'

const python = process.argv[2] ?? 'python3'
const script = new URL('reference.py', import.meta.url).pathname
const dataFolder = new URL('../../test/data/', import.meta.url)

type Labelled = [label: Record<string, string>, picture: Picture]

function writeVectors(name: string, pictures: readonly Labelled[]): void {
  const folder = mkdtempSync(join(tmpdir(), 'hashwarden-vectors-'))
  try {
    const manifest = pictures.map(([label, { pixels, width, height, channels }], index) => {
      const file = `${index}.raw`
      writeFileSync(join(folder, file), pixels)
      const sha256 = createHash('sha256').update(pixels).digest('hex')
      return { ...label, width, height, pixels: sha256, file, channels }
    })
    writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest))
    const vectors: unknown[] = JSON.parse(
      execFileSync(python, [script, join(folder, 'manifest.json')], { encoding: 'utf8' }),
    )
    const lines = vectors.map((vector) => JSON.stringify(vector)).join(',\n')
    writeFileSync(new URL(name, dataFolder), `[\n${lines}\n]\n`)
    console.log(`${name}: ${vectors.length} vectors`)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const plain: Labelled[] = SYNTHETIC_PICTURES.map((recipe) => [
  { picture: recipeName(recipe) },
  makePicture(recipe),
])
const altered: Labelled[] = []
for (const { name, path } of photographs()) {
  const file = readFileSync(path)
  plain.push([{ picture: name }, await decodeRgb(file)])
  for (const alteration of ALTERATIONS) {
    const picture = await decodeRgb(await alteration.apply(file))
    altered.push([{ picture: name, alteration: alteration.name }, picture])
  }
}
writeVectors('pdq-vectors.json', plain)
writeVectors('altered-vectors.json', altered)
