/** The program of the peers in these tests. */
import { connect } from 'node:net'
import { reply, defineModule, type Pid, type Process, type Request } from '@agner/core'
import { definePeer, type PeerProgram } from '../../src/index.ts'

export interface ShopArgs {
  /** What its `start` does besides. */
  readonly fault?: 'throws' | 'hangs' | 'rejects' | 'holds'
  /** What it says on the channel without Agner, as soon as it starts. */
  readonly foreign?: unknown
  /** A port of the test: the connection ends with the process, however that ends. */
  readonly lifeline?: number
}

const Echo = defineModule('echo', '1', {
  run: async (self: Process<Request<unknown, unknown>>, _argument: unknown) => {
    for (;;) {
      const request = await self.receive()
      reply(request, request.payload)
    }
  },
})

export interface ShopCalls {
  echo(value: unknown): unknown
  own(): {
    readonly name: string
    readonly args: unknown
    readonly echo: Pid<unknown>
    readonly isDistributed: boolean
    readonly osPid: number
  }
  nodes(): readonly string[]
  connect(other: string): Promise<boolean>
  variable(name: string): string | null
  flags(): readonly string[]
  /** How many are left. */
  sell(count: number): number
  /** By `sell`, of the same object. */
  sellAll(): number
  refuse(): void
  unsendable(): unknown
  never(): Promise<void>
  print(text: string): void
  tell(message: unknown): Promise<void>
  hold(ms: number): void
  /** From now on something keeps the process alive. */
  stay(): void
  /** For so long. */
  linger(ms: number): void
  end(code: number): void
}

function hold(ms: number): void {
  const endMs = performance.now() + ms
  while (performance.now() < endMs);
}

const shop: PeerProgram<ShopCalls, ShopArgs | undefined> = definePeer({
  node: ({ say }) => ({
    modules: [Echo],
    report: (report) => void (report.type === 'notice' && say({ notice: report.text })),
  }),
  distribution: () => ({ tickMs: 1000 }),
  start: async ({ node, distribution, name, args, say }) => {
    if (args?.fault !== undefined) console.log(`it is going to be: ${args.fault}`)
    if (args?.fault === 'throws') throw Object.assign(new Error('the shelves are empty'), { code: 'shop.empty' })
    if (args?.fault === 'rejects') void Promise.reject(new Error('nobody handles this'))
    if (args?.foreign !== undefined) process.send?.(args.foreign)
    if (args?.lifeline !== undefined) {
      const socket = connect(args.lifeline, '127.0.0.1')
      socket.unref()
      await new Promise((resolve) => socket.once('connect', resolve))
      // It has left before the thread is held.
      socket.write('connected')
    }
    if (args?.fault === 'holds') hold(120_000)
    if (args?.fault !== undefined) await new Promise(() => {})
    const echo = node.spawn(Echo.functions.run as never, { name: 'echo' }) as Pid<unknown>
    node.spawn<unknown>(
      async (self) => {
        for (;;) await say({ got: await self.receive() })
      },
      { name: 'sink' },
    )
    return {
      echo: (value: unknown) => value,
      own: () => ({ name, args, echo, isDistributed: distribution !== null, osPid: process.pid }),
      nodes: () => distribution?.nodes() ?? [],
      connect: async (other: string) => (await distribution?.connect(other)) ?? false,
      variable: (variable: string) => process.env[variable] ?? null,
      flags: () => process.execArgv,
      sell: (count: number) => {
        if (count > 3) throw Object.assign(new RangeError('only three are left'), { code: 'shop.sold_out' })
        return 3 - count
      },
      sellAll(this: ShopCalls) {
        return this.sell(3)
      },
      refuse: () => {
        throw 'no'
      },
      unsendable: () => () => {},
      never: () => new Promise<void>(() => {}),
      print: (text: string) => console.log(text),
      tell: (message: unknown) => say(message),
      hold,
      stay: () => void setInterval(() => {}, 1000),
      linger: (ms: number) => void setTimeout(() => {}, ms),
      end: (code: number) => process.exit(code),
    }
  },
})

export default shop
