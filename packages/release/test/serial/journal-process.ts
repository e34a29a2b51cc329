/** A node of the journal, on a machine of its own. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { NetworkNamespaces } from '@agner/testing'
import type { NodeTerms, Order, Said } from './journal-terms.ts'

const port = 4400

type Event<Name extends Said['event']> = Extract<Said, { readonly event: Name }>

export class JournalProcess {
  readonly machine: string
  readonly #child: ChildProcess
  readonly #said: Said[] = []
  readonly #watchers = new Set<() => void>()
  #orders = 0

  constructor(network: NetworkNamespaces, machine: string, folder: string) {
    this.machine = machine
    const nameOf = (which: string): string => `${which}@${network.addressOf(which)}`
    const terms: NodeTerms = {
      name: nameOf(machine),
      host: network.addressOf(machine),
      port,
      hosts: Object.fromEntries(
        network.machines.map((which) => [nameOf(which), `${network.addressOf(which)}:${port}`]),
      ),
      folder: join(folder, machine),
    }
    const script = fileURLToPath(new URL('journal-node.ts', import.meta.url))
    const [command, ...args] = [
      ...network.prefixOf(machine),
      process.execPath,
      '--conditions=@agner/source',
      script,
      JSON.stringify(terms),
    ]
    this.#child = spawn(command!, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    this.#child.on('message', (said: Said) => {
      this.#said.push(said)
      for (const watcher of this.#watchers) watcher()
    })
  }

  /** What it has said of that kind, in order. */
  all<Name extends Said['event']>(name: Name): Event<Name>[] {
    return this.#said.filter((said): said is Event<Name> => said.event === name)
  }

  /** The first that is of that kind and lets the test through, said already or still to come. */
  async until<Name extends Said['event']>(name: Name, is: (said: Event<Name>) => boolean): Promise<Event<Name>> {
    for (;;) {
      const found = this.all(name).find(is)
      if (found !== undefined) return found
      await new Promise<void>((resolve) => {
        const watcher = (): void => {
          this.#watchers.delete(watcher)
          resolve()
        }
        this.#watchers.add(watcher)
      })
    }
  }

  /** Orders a write, and tells what became of it. */
  write(looks = true): Promise<Event<'written'>> {
    const order: Order = { do: 'write', id: ++this.#orders, looks }
    this.#child.send(order)
    return this.until('written', ({ id }) => id === order.id)
  }

  async entries(): Promise<Event<'kept'>['entries']> {
    const order: Order = { do: 'keep', id: ++this.#orders, looks: false }
    this.#child.send(order)
    return (await this.until('kept', ({ id }) => id === order.id)).entries
  }

  signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child.kill(name)
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const gone = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await gone
  }
}
