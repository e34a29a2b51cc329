/**
 * Both sides of the port mapper: whoever reaches its port says what he likes to it; and what answers on its port may be anybody.
 *
 * Judge: nothing fails; the name of an honest node stays his, and is found; who is gone leaves no name behind; what an impostor says is
 * never an address that cannot be dialled.
 */
import { LineReader, toQuestion } from '../../../packages/distribution/src/discovery/port-mapper/lines.ts'
import { MapperServer } from '../../../packages/distribution/src/discovery/port-mapper/server.ts'
import { listNodes } from '../../../packages/distribution/src/discovery/port-mapper/list.ts'
import { MemoryNetwork } from '../../../packages/distribution/src/network/memory.ts'
import type { Stream } from '../../../packages/distribution/src/network/network.ts'
import { createVirtualRuntime } from '../../../packages/testing/src/index.ts'
import type { Dice } from '../dice.ts'
import type { Input } from '../input.ts'
import { Finding, type Target } from '../target.ts'

const utf8 = new TextEncoder()
const address = { host: '127.0.0.1', port: 4370 }
const impostor = { host: '127.0.0.1', port: 4371 }
const honest = 'honest@h'

export async function mapperTarget(): Promise<Target> {
  const runtime = createVirtualRuntime()
  const network = new MemoryNetwork({ runtime })
  const server = await MapperServer.listen(network, address, runtime)
  let script: Uint8Array[] = []
  await network.listen(impostor, (stream) => ({
    data: () => void (script.length > 0 && stream.write([script.shift() as Uint8Array])),
    closed: () => {},
  }))
  const answers: string[] = []
  const open = (): Stream =>
    network.connect(address, { data: (bytes) => void answers.push(Buffer.from(bytes).toString()), closed: () => {} })
  const registered = open()
  await runtime.settle()
  registered.write([utf8.encode(`{"op":"register","id":1,"name":"${honest}","host":"h","port":5}\n`)])
  await runtime.settle()

  const toServer = async (input: Input): Promise<string> => {
    let said = ''
    let isClosed = false
    const stream = network.connect(address, {
      data: (bytes) => void (said += Buffer.from(bytes).toString()),
      closed: () => void (isClosed = true),
    })
    await runtime.settle()
    for (const piece of input) if (piece.length > 0) stream.write([piece])
    await runtime.settle()
    stream.destroy()
    await runtime.settle()
    const { host } = server.lookup(0, honest)
    if (host !== 'h') throw new Finding('an honest node lost its name')
    const left = server.list(0, '').nodes ?? []
    if (left.length !== 1) throw new Finding(`a name is left behind: ${JSON.stringify(left)}`)
    return `${isClosed} ${said.replace(/\d+|"name":"[^"]*"/g, '#').slice(0, 80)}`
  }

  const fromImpostor = async (input: Input): Promise<string> => {
    script = [...input]
    try {
      const nodes = await runtime.runUntil(listNodes({ ...impostor, network, runtime }))
      if (!nodes.every(canBeDialled)) throw new Finding('an address that cannot be dialled is listed')
      return `listed ${nodes.length}`
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'distribution.mapper_unreachable') throw error
      return (error as Error).message.slice(0, 120)
    }
  }

  /** The language alone: most pieces only need that. */
  const alone = (input: Input): string => {
    const reader = new LineReader()
    const kinds: string[] = []
    for (const piece of input) {
      const objects = reader.push(piece)
      if (objects === null) return `${kinds.join()} no line`
      for (const object of objects) kinds.push(toQuestion(object)?.op ?? 'none')
    }
    return kinds.slice(0, 4).join()
  }

  return {
    name: 'mapper',
    share: 3,
    make: (dice) => Array.from({ length: 1 + dice.below(5) }, () => line(dice)),
    play(input) {
      const kind = (input[0]?.length ?? 0) % 4
      return kind === 0 ? toServer(input) : kind === 1 ? fromImpostor(input) : alone(input)
    },
    async close() {
      registered.destroy()
      await server.close()
      await runtime.settle()
      if (runtime.pendingTimers > 0) throw new Finding('timers are left')
    },
  }
}

/** What Node throws for, where it is dialled. */
function canBeDialled({ host, port }: { readonly host: string; readonly port: number }): boolean {
  return !host.includes('\0') && Number.isInteger(port) && port > 0 && port < 65_536
}

const strings = [honest, honest, honest, 'b@h', '', '__proto__', 'x'.repeat(300), 'a\u0000b', 'h', '127.0.0.1', 'ü']
const numbers = [0, 1, -1, 1.5, 1e9, 65_535, 65_536, 2 ** 53, 4370]

function line(dice: Dice): Uint8Array {
  const any = (): unknown =>
    dice.one<() => unknown>([
      () => dice.one(strings),
      () => dice.one(strings),
      () => dice.one(numbers),
      () => dice.one(numbers),
      () => null,
      () => [],
      () => ({ name: dice.one(strings), host: dice.one(strings), port: dice.one(numbers) }),
    ])()
  const node = (): unknown =>
    dice.once(6) ? any() : { name: dice.one(strings), host: dice.one(strings), port: dice.one(numbers) }
  const made = dice.one<() => Record<string, unknown>>([
    () => ({ op: 'register', id: 1, name: dice.one(strings), host: dice.one(strings), port: dice.one(numbers) }),
    () => ({ op: 'lookup', id: 1, name: dice.one(strings) }),
    () => ({ op: 'list', id: dice.one(numbers), after: dice.one(strings) }),
    () => ({
      id: 1,
      nodes: Array.from({ length: dice.below(4) }, node),
      more: dice.once(3),
      ...(dice.once(3) && { young: true }),
    }),
  ])()
  if (dice.once(8)) made[dice.one(['op', 'id', 'name', 'host', 'port', 'after', '__proto__'])] = any()
  const text = JSON.stringify(made)
  return utf8.encode(dice.once(20) ? text : `${text}\n`)
}
