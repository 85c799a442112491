import { once } from 'node:events'
import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join, relative } from 'node:path'
import { expect, test } from 'vitest'
import { findFiles } from '../../src/hashing/find-files.ts'
import { type BytePath, pathBytes, pathText } from '../../src/hashing/file-path.ts'
import { hashFile } from '../../src/hashing/hash-file.ts'
import { HashingError } from '../../src/hashing/hashing-error.ts'
import { temporaryFolder, writeIn } from './picture-files.ts'

/** What is found, relative to `folder`; of an error its code and its file. */
async function foundIn(folder: string, ...names: string[]): Promise<string[]> {
  const found: string[] = []
  for await (const one of findFiles(names.map((name) => join(folder, name)))) {
    if (one instanceof HashingError) found.push(`${one.code}: ${relative(folder, one.file)}`)
    else found.push(relative(folder, pathText(one)))
  }
  return found
}

test('a folder yields its files at any depth, in the order of their names', async () => {
  const folder = temporaryFolder()
  for (const name of ['b.jpg', 'a/z.jpg', 'a/deep/er/1.jpg', 'B.jpg', 'c10', 'c9', '.hidden', 'ä.png']) {
    await writeIn(folder, name, 'x')
  }
  mkdirSync(join(folder, 'empty'))
  expect(await foundIn(folder, '.')).toEqual([
    '.hidden',
    'B.jpg',
    'a/deep/er/1.jpg',
    'a/z.jpg',
    'b.jpg',
    'c10',
    'c9',
    'ä.png',
  ])
})

test('arguments are taken in the order given, and a missing one is an error in its place', async () => {
  const folder = temporaryFolder()
  for (const name of ['x/1', 'y', 'z']) await writeIn(folder, name, 'x')
  expect(await foundIn(folder, 'z', 'no-such', 'x', 'y', 'y/1')).toEqual([
    'z',
    'missing: no-such',
    'x/1',
    'y',
    'missing: y/1',
  ])
})

test('links are followed, a loop of links ends, and no folder is entered twice', async () => {
  const folder = temporaryFolder()
  await writeIn(folder, 'a/file', 'x')
  await writeIn(folder, 'b/other', 'x')
  symlinkSync('..', join(folder, 'a', 'up'))
  symlinkSync('file', join(folder, 'a', 'link-to-file'))
  symlinkSync('../b', join(folder, 'a', 'to-b'))
  symlinkSync('itself', join(folder, 'a', 'itself'))
  symlinkSync('gone', join(folder, 'a', 'dangling'))
  // `a/up` is the folder itself again, and `b` is first entered through `a/to-b`.
  expect(await foundIn(folder, '.')).toEqual([
    'missing: a/dangling',
    'a/file',
    'unreadable: a/itself',
    'a/link-to-file',
    'a/to-b/other',
  ])
})

test('what is neither a file nor a folder is an error, named or in a folder, and is not waited for', async () => {
  const folder = temporaryFolder()
  await writeIn(folder, 'file', 'x')
  execFileSync('mkfifo', [join(folder, 'pipe')])
  symlinkSync('/dev/zero', join(folder, 'zeros'))
  const socket = createServer().listen(join(folder, 'socket'))
  await once(socket, 'listening')
  expect(await foundIn(folder, '.', 'socket')).toEqual([
    'file',
    'not-a-file: pipe',
    'not-a-file: socket',
    'not-a-file: zeros',
    'not-a-file: socket',
  ])
  socket.close()
})

test('names that are not UTF-8 are found, and printed with their bytes escaped', async () => {
  const folder = temporaryFolder()
  const latin1 = Buffer.from('Gro\xdf\n.jpg', 'latin1')
  const path = Buffer.concat([Buffer.from(`${folder}/`), latin1])
  writeFileSync(path, 'x')
  const found: BytePath[] = []
  for await (const one of findFiles([folder])) if (!(one instanceof HashingError)) found.push(one)
  expect(found.map(pathBytes)).toEqual([path])
  expect(found.map(pathText)).toEqual([`${folder}/Gro\\xdf\n.jpg`])
  expect(await hashFile(found[0])).not.toBeInstanceOf(HashingError)
})
