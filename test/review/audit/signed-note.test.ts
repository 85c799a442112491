// Signed notes and checkpoints: byte for byte those of Go's library, and refused when anything in them is different.
import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { expect, test } from 'vitest'
import { parseCheckpoint, signCheckpoint } from '../../../src/review/audit/checkpoint.ts'
import { EMPTY_TREE, leafHash, withLeaf } from '../../../src/review/audit/merkle.ts'
import {
  isSignedBy,
  parseNote,
  parseVerifier,
  printVerifier,
  signNote,
  verifierOf,
} from '../../../src/review/audit/signed-note.ts'
import { fromBase64, VECTORS } from './vectors.ts'

/** An Ed25519 seed in the ASN.1 of PKCS #8. */
const keyOf = (seed: string): KeyObject =>
  createPrivateKey({
    key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), fromBase64(seed)]),
    format: 'der',
    type: 'pkcs8',
  })

const [VECTOR] = VECTORS.notes

test('notes and verifier keys are those of Go’s library, byte for byte', () => {
  expect(VECTORS.notes).toHaveLength(2)
  for (const { name, seed, verifier, text, note } of VECTORS.notes) {
    const signer = { name, privateKey: keyOf(seed) }
    expect(signNote(text, signer)).toBe(note)
    expect(printVerifier(verifierOf(signer))).toBe(verifier)
    const parsed = parseNote(Buffer.from(note))
    expect(parsed?.text).toBe(text)
    expect(parsed && isSignedBy(parsed, [parseVerifier(verifier)])).toBe(true)
  }
})

test('a checkpoint of the tree is the note that Go made of the same entries', () => {
  let edge = EMPTY_TREE
  for (let i = 0; i < 64; i++) edge = withLeaf(edge, leafHash(`entry ${i}`)).edge
  const note = signCheckpoint(edge, { name: VECTOR.name, privateKey: keyOf(VECTOR.seed) })
  expect(note).toBe(VECTOR.note)
  expect(parseCheckpoint(Buffer.from(note), VECTOR.name)).toMatchObject({
    size: 64,
    root: fromBase64(VECTORS.roots[64] ?? ''),
  })
  expect(parseCheckpoint(Buffer.from(note), 'another.example')).toBeUndefined()
})

test('a note in which one character is different is signed by nobody, or is no note', () => {
  const verifiers = [parseVerifier(VECTOR.verifier)]
  const end = VECTOR.note.length - 1
  for (let at = 0; at < end; at++) {
    const other = VECTOR.note[at] === 'A' ? 'B' : 'A'
    const changed = parseNote(Buffer.from(VECTOR.note.slice(0, at) + other + VECTOR.note.slice(at + 1)))
    expect(changed !== undefined && isSignedBy(changed, verifiers), `character ${at}`).toBe(false)
  }
})

test('a signature of an unknown key says nothing, and a wrong one of a known key spoils the note', () => {
  const [stranger] = VECTORS.notes.slice(1)
  const verifiers = [parseVerifier(VECTOR.verifier)]
  const strangers = stranger?.note.split('\n').at(-2) ?? ''
  const both = parseNote(Buffer.from(`${VECTOR.note}${strangers}\n`))
  expect(both && isSignedBy(both, verifiers)).toBe(true)
  const foreign = parseNote(Buffer.from(`${VECTOR.text}\n${strangers}\n`))
  expect(foreign && isSignedBy(foreign, verifiers)).toBe(false)
  const ofAnotherText = signNote('another text\n', { name: VECTOR.name, privateKey: keyOf(VECTOR.seed) })
  const spoilt = parseNote(Buffer.from(`${VECTOR.note}${ofAnotherText.split('\n').at(-2) ?? ''}\n`))
  expect(spoilt && isSignedBy(spoilt, verifiers)).toBe(false)
})

test('what is no note is read as none', () => {
  const signature = VECTOR.note.split('\n').at(-2) ?? ''
  const noNotes = [
    '',
    VECTOR.text,
    `${VECTOR.text}\n`,
    VECTOR.note.slice(0, -1),
    `${VECTOR.text}\n${signature}\nno signature\n`,
    VECTOR.note.replace('64', '6\t4'),
    VECTOR.note.replace('\n\n', '\r\n\r\n'),
    VECTOR.note.replace('— ', '- '),
    VECTOR.note + `${signature}\n`.repeat(100),
  ]
  for (const text of noNotes) expect(parseNote(Buffer.from(text)), JSON.stringify(text)).toBeUndefined()
  expect(parseNote(Buffer.concat([Buffer.of(0xff), Buffer.from(VECTOR.note)]))).toBeUndefined()
})

test.each([
  ['0', false],
  ['064', false],
  ['-1', false],
  ['6.4', false],
  ['9007199254740993', false],
  ['9007199254740991', true],
])('a checkpoint of the size %s is read: %s', (size, isRead) => {
  const signer = { name: VECTOR.name, privateKey: keyOf(VECTOR.seed) }
  const text = `${VECTOR.name}\n${size === '0' ? '00' : size}\n${VECTORS.roots[1] ?? ''}\n`
  expect(parseCheckpoint(Buffer.from(signNote(text, signer)), VECTOR.name) !== undefined).toBe(isRead)
})

test('a checkpoint with extension lines is read, and one without a root is not', () => {
  const signer = { name: VECTOR.name, privateKey: keyOf(VECTOR.seed) }
  const extended = signNote(`${VECTOR.text}an extension\n`, signer)
  expect(parseCheckpoint(Buffer.from(extended), VECTOR.name)?.size).toBe(64)
  expect(parseCheckpoint(Buffer.from(signNote(`${VECTOR.name}\n64\n`, signer)), VECTOR.name)).toBeUndefined()
  expect(
    parseCheckpoint(Buffer.from(signNote(`${VECTOR.name}\n64\nAAAA\n`, signer)), VECTOR.name),
  ).toBeUndefined()
})

test('a verifier key that is cut, damaged or of another kind is refused in words', () => {
  const [name = '', id = ''] = VECTOR.verifier.split('+')
  const key = VECTOR.verifier.slice(name.length + id.length + 2)
  for (const text of ['', name, `${name}+${id}`, `${name}+${id}+AAAA`, `two words+${id}+${key}`])
    expect(() => parseVerifier(text)).toThrow('reads name+id+key')
  expect(() => parseVerifier(`another+${id}+${key}`)).toThrow('its id belongs to another key or name')
  const { privateKey } = generateKeyPairSync('x25519')
  expect(() => printVerifier(verifierOf({ name: 'a', privateKey }))).toThrow('not Ed25519')
})

test('a text of unfinished lines, or under a name with a blank, is not signed', () => {
  const privateKey = keyOf(VECTOR.seed)
  expect(() => signNote('no line feed', { name: 'a', privateKey })).toThrow('whole lines')
  expect(() => signNote('text\n', { name: 'a b', privateKey })).toThrow('white space')
})
