// A container of the image as Kubernetes would run it under the restricted profile: the root is read-only, the user has no
// rights and gains none. By crun alone: no daemon, and the network of this machine.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { output } from './programs.ts'

export const USER = 65_532

/** What the image says of its start. */
interface ImageConfig {
  readonly User: string
  readonly Env: readonly string[]
  readonly Entrypoint: readonly string[]
  readonly WorkingDir: string
}

/** crun refuses a machine with control groups of both versions: it sees the second alone, in mounts of its own. */
const crun = (...words: readonly string[]): readonly string[] => [
  '--mount',
  'sh',
  '-c',
  'umount -lR /sys/fs/cgroup && mount -t cgroup2 none /sys/fs/cgroup && exec crun --cgroup-manager=disabled "$@"',
  'crun',
  ...words,
]

export class MountedImage {
  readonly root: string
  readonly config: ImageConfig
  readonly #container: string
  readonly #folder: string
  #started = 0

  constructor(image: string, folder: string) {
    this.#folder = folder
    this.#container = output('buildah', ['from', image])
    this.root = output('buildah', ['mount', this.#container])
    this.config = JSON.parse(output('buildah', ['inspect', '--type', 'image', image])).OCIv1.config
  }

  /** Starts a command. `secrets` is a folder of this machine that it sees as /run/secrets. */
  start(words: readonly string[], secrets: string, environment: readonly string[] = []): Container {
    const name = `hashwarden-test-${process.pid}-${++this.#started}`
    const bundle = join(this.#folder, name)
    mkdirSync(bundle, { recursive: true })
    writeFileSync(
      join(bundle, 'config.json'),
      JSON.stringify(this.#specification(words, secrets, environment)),
    )
    const child = spawn('unshare', crun('run', '--bundle', bundle, name), {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    return new Container(name, child)
  }

  #specification(words: readonly string[], secrets: string, environment: readonly string[]): object {
    const none: readonly string[] = []
    return {
      ociVersion: '1.0.0',
      process: {
        terminal: false,
        user: { uid: USER, gid: USER },
        args: [...this.config.Entrypoint, ...words],
        env: [...this.config.Env, ...environment],
        cwd: this.config.WorkingDir,
        capabilities: { bounding: none, effective: none, inheritable: none, permitted: none, ambient: none },
        noNewPrivileges: true,
      },
      root: { path: this.root, readonly: true },
      hostname: 'hashwarden',
      mounts: [
        { destination: '/proc', type: 'proc', source: 'proc' },
        { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'mode=755', 'size=64k'] },
        { destination: '/run', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'mode=755', 'size=64k'] },
        { destination: '/run/secrets', type: 'bind', source: secrets, options: ['bind', 'ro'] },
      ],
      linux: { namespaces: ['pid', 'ipc', 'uts', 'mount'].map((type) => ({ type })) },
    }
  }

  remove(): void {
    spawnSync('buildah', ['rm', this.#container])
  }
}

export class Container {
  /** Standard output and error, as far as they have come. */
  text = ''
  readonly ended: Promise<number | null>
  readonly #name: string

  constructor(name: string, child: ChildProcess) {
    this.#name = name
    child.stdout?.on('data', (chunk) => (this.text += chunk))
    child.stderr?.on('data', (chunk) => (this.text += chunk))
    this.ended = once(child, 'close').then(([code]) => (code === null ? null : Number(code)))
  }

  stop(signal: 'TERM' | 'KILL' = 'TERM'): void {
    spawnSync('unshare', crun('kill', this.#name, signal))
  }
}
