// The two images that deploy/Dockerfile begins with, made here: where the tests run, no registry of images is reached.
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { output, run } from './programs.ts'

export const NODE_IMAGE = 'localhost/hashwarden-test-node:1'
export const BASE_IMAGE = 'localhost/hashwarden-test-base:1'

const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt'
const LIBRARIES = '/lib/x86_64-linux-gnu'
/** What a distroless image with C++ has, and Node and sharp load. */
const LOADED = [
  'ld-linux-x86-64.so.2',
  'libc.so.6',
  'libdl.so.2',
  'libgcc_s.so.1',
  'libm.so.6',
  'libnss_dns.so.2',
  'libnss_files.so.2',
  'libpthread.so.0',
  'libresolv.so.2',
  'librt.so.1',
]

const exists = (image: string): boolean =>
  spawnSync('buildah', ['inspect', '--type', 'image', image]).status === 0

/** Makes those that are not there. `debian` is the folder of a Debian that debootstrap has made, or makes now. */
export function makeBases(debian: string): void {
  if (exists(NODE_IMAGE) && exists(BASE_IMAGE)) return
  if (!existsSync(join(debian, 'etc/debian_version')))
    run('debootstrap', ['--variant=minbase', 'bookworm', debian])
  makeImage(
    NODE_IMAGE,
    ['--env', `NODE_EXTRA_CA_CERTS=${CERTIFICATES}`, '--env', 'PATH=/usr/local/bin:/usr/bin:/bin'],
    (root) => {
      cpSync(debian, root, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true })
      const npm = dirname(dirname(realpathSync(output('which', ['npm']))))
      mkdirSync(join(root, 'usr/local/lib/node_modules'), { recursive: true })
      cpSync(npm, join(root, 'usr/local/lib/node_modules/npm'), { recursive: true, dereference: true })
      symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(root, 'usr/local/bin/npm'))
      copyFileSync(process.execPath, join(root, 'usr/local/bin/node'))
      copyInto(root, CERTIFICATES)
    },
  )
  makeImage(BASE_IMAGE, ['--user', '65532:65532'], (root) => {
    mkdirSync(join(root, 'tmp'))
    chmodSync(join(root, 'tmp'), 0o1777)
    mkdirSync(join(root, LIBRARIES), { recursive: true })
    for (const name of LOADED) copyFileSync(join(debian, LIBRARIES, name), join(root, LIBRARIES, name))
    copyFileSync(join(debian, 'usr', LIBRARIES, 'libstdc++.so.6'), join(root, LIBRARIES, 'libstdc++.so.6'))
    mkdirSync(join(root, 'lib64'))
    symlinkSync(join('..', LIBRARIES, 'ld-linux-x86-64.so.2'), join(root, 'lib64/ld-linux-x86-64.so.2'))
    copyInto(root, CERTIFICATES)
    writeFileSync(join(root, 'etc/passwd'), 'nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n')
    writeFileSync(join(root, 'etc/group'), 'nonroot:x:65532:\n')
    writeFileSync(join(root, 'etc/nsswitch.conf'), 'hosts: files dns\n')
  })
}

function copyInto(root: string, file: string): void {
  mkdirSync(dirname(join(root, file)), { recursive: true })
  copyFileSync(realpathSync(file), join(root, file))
}

function makeImage(name: string, settings: readonly string[], fill: (root: string) => void): void {
  const container = output('buildah', ['from', 'scratch'])
  try {
    fill(output('buildah', ['mount', container]))
    run('buildah', ['config', ...settings, container])
    run('buildah', ['umount', container])
    run('buildah', ['commit', '--quiet', '--timestamp', '0', container, name])
  } finally {
    run('buildah', ['rm', container])
  }
}
