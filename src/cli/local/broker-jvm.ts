import { randomUUID } from 'node:crypto'
import { existsSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { javaCommand } from './broker-choice.ts'

const LOG4J = fileURLToPath(new URL('../../../deploy/local/log4j2.properties', import.meta.url))

/**
 * One run of Java with Kafka's classes.
 *
 * Measured on 2 busy cores, Java 17, until the broker answered: with Java's own choice of flags 8 to 10 s of
 * processor time (3.6 s when the machine was idle), with the serial collector 7.9, with only the quick compiler as
 * well 4.6, with an archive of the loaded classes as well 2.6 (2.2 to 2.9 s in all). The quick compiler serves 300-byte
 * records as fast as the thorough one and takes half its processor time: the first minutes, which are all that a
 * demonstration or a test has, go to compiling otherwise.
 */
export class Jvm {
  readonly command: string
  /**
   * With this locale Java understands every path (in plain C, Java 17 can't even be run in a folder with an umlaut),
   * and the system's part of its errors is English, which we look for. Where it is missing, nothing changes.
   */
  readonly environment: NodeJS.ProcessEnv
  readonly #flags: readonly string[]
  readonly #archive: string
  readonly #newArchive: string | undefined

  /** `java` tells versions of Java apart: an archive of classes serves the version that made it. */
  constructor(environment: NodeJS.ProcessEnv, jars: string, java: string, heapMb: number) {
    this.command = javaCommand(environment)
    this.environment = { ...environment, LC_ALL: 'C.UTF-8' }
    this.#archive = join(jars, `${java.replaceAll(/[^A-Za-z0-9.]+/g, '-')}.jsa`)
    this.#newArchive = existsSync(this.#archive) ? undefined : `${this.#archive}.partial-${randomUUID()}`
    this.#flags = [
      // What another Java doesn't know, it leaves out: all of this is for speed.
      '-XX:+IgnoreUnrecognizedVMOptions',
      `-Xmx${heapMb}m`,
      '-XX:+UseSerialGC',
      '-XX:TieredStopAtLevel=1',
      // Without these two, each class that can't be archived is a warning in the broker's log.
      '-Xlog:disable',
      '-Xlog:all=error:stderr',
      '-Djava.awt.headless=true',
      `-Dlog4j2.configurationFile=${pathToFileURL(LOG4J).href}`,
      '-cp',
      join(jars, '*'),
    ]
  }

  /** Whether an orderly end of the broker writes the archive, which takes it some seconds. */
  get makesArchive(): boolean {
    return this.#newArchive !== undefined
  }

  broker(...args: string[]): readonly string[] {
    const archive = this.#newArchive
      ? `-XX:ArchiveClassesAtExit=${this.#newArchive}`
      : `-XX:SharedArchiveFile=${this.#archive}`
    return [archive, ...this.#flags, 'kafka.Kafka', ...args]
  }

  /** The tool that formats shares the broker's classes, so it takes the archive, but has too few to make it. */
  storageTool(...args: string[]): readonly string[] {
    const archive = this.#newArchive ? [] : [`-XX:SharedArchiveFile=${this.#archive}`]
    return [...archive, ...this.#flags, 'kafka.tools.StorageTool', ...args]
  }

  /** After the broker's end: an archive that was written whole gets its name, of any other nothing stays. */
  keepArchive(endedInOrder: boolean): void {
    if (this.#newArchive === undefined || !existsSync(this.#newArchive)) return
    if (endedInOrder) renameSync(this.#newArchive, this.#archive)
    else rmSync(this.#newArchive)
  }
}
