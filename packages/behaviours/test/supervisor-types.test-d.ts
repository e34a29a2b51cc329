/**
 * The types of supervisors and their children, right and wrong. It is checked by the compiler and never run: each
 * `@ts-expect-error` stands over the line that must not compile, and over that one only.
 */
import type { AnyPid, AnyProcess, Node, Pid } from '@agner/core'
import {
  call,
  defineDynamicSupervisor,
  defineServer,
  defineSupervisor,
  defineSupervisorBridge,
  dynamicSupervisorAt,
  partition,
  protocol,
  reply,
  startChild,
  startDynamicChild,
  startDynamicSupervisor,
  startPartitionSupervisor,
  startSupervisor,
  type Protocol,
  type ServerPid,
  type SupervisorPid,
} from '../src/index.ts'

interface CounterApi {
  calls: { add(by: number): number }
}
const counter: Protocol<CounterApi> = protocol('@acme/counter')
const Counter = defineServer(counter, {
  init: (arg: { readonly start: number }): number => arg.start,
  calls: { add: (sum, by) => reply(sum + by, sum + by) },
})
const Plain = defineServer(counter, { init: () => 0, calls: { add: (sum, by) => reply(sum + by, sum + by) } })

// — the right use —

export async function right(node: Node, supervisor: AnyPid, self: AnyProcess): Promise<void> {
  // A child made from a server gives the pid of that server.
  const pid: ServerPid<CounterApi> | null = await startChild(node, supervisor, Counter.child({ arg: { start: 1 } }))
  if (pid !== null) await call(node, pid, 'add', 1)

  // What a start tells more than the pid is typed.
  const port = { id: 'port', start: async () => ({ pid: self.pid as AnyPid, info: 8080 }) }
  const { info }: { readonly info: number } = await startChild(node, supervisor, port)
  void info

  // A dynamic supervisor knows what its children are started with, and what a start gives.
  const Counters = defineDynamicSupervisor({ children: Counter.children({ restart: 'temporary' }) })
  const counters = await startDynamicSupervisor(node, Counters)
  const one: ServerPid<CounterApi> | null = await startDynamicChild(node, counters, { start: 1 })
  await startDynamicChild(node, Counters.at('counters'), { start: 2 })
  const far = dynamicSupervisorAt<{ start: number }, ServerPid<CounterApi> | null>({ name: 'counters', node: 'b@host' })
  await startDynamicChild(node, far, { start: 3 })
  const Plains = defineDynamicSupervisor({ children: Plain.children() })
  await startDynamicChild(node, Plains.at('plains'))
  const own = defineDynamicSupervisor({
    children: { start: async (_above, user: string) => (user === '' ? null : self.pid) },
  })
  const some: Pid<never> | null = await startDynamicChild(node, own.at('own'), 'ann')
  void [one, some]

  const Tree = defineSupervisor({ strategy: 'restForOne', children: [Counters.child({ id: 'counters' })] })
  const tree: SupervisorPid | null = await startChild(
    node,
    supervisor,
    Tree.child({ id: 'tree', restart: 'temporary' }),
  )
  void tree
  await startPartitionSupervisor(node, { partitions: 4, child: (index) => Counter.child({ arg: { start: index } }) })
  await call(node, counter.at(partition('counters', 'ann')), 'add', 1)
  defineSupervisorBridge({
    init: () => ({ pid: self.pid, state: 7 }),
    terminate: (_reason, state) => void state.toFixed(),
  })
}

// — the wrong use —

export async function wrong(node: Node, supervisor: AnyPid, self: AnyProcess): Promise<void> {
  // @ts-expect-error the server's argument is missing
  await startChild(node, supervisor, Counter.child({ id: 'c' }))
  // @ts-expect-error it is of another type
  Counter.child({ arg: { start: 'x' } })
  // @ts-expect-error a template has no argument: each child has one of its own
  Counter.children({ arg: { start: 1 } })

  const Counters = defineDynamicSupervisor({ children: Counter.children() })
  // @ts-expect-error the argument of a child
  await startDynamicChild(node, Counters.at('counters'), { start: 'x' })
  // @ts-expect-error each child needs one
  await startDynamicChild(node, Counters.at('counters'))
  // @ts-expect-error a specification is no argument
  await startDynamicChild(node, Counters.at('counters'), Counter.child({ arg: { start: 1 } }))
  // @ts-expect-error a static supervisor has no template
  await startDynamicSupervisor(node, { children: [Counter.child({ arg: { start: 1 } })] })

  // @ts-expect-error there is no such strategy
  await startSupervisor(node, { strategy: 'oneForNone', children: [] })
  // @ts-expect-error there is no such kind
  await startSupervisor(node, { children: [{ id: 'a', restart: 'sometimes', start: async () => null }] })
  // @ts-expect-error a child needs an id
  await startSupervisor(node, { children: [{ start: async () => null }] })
  // @ts-expect-error a start gives a pid, null, or a pid with info
  await startSupervisor(node, { children: [{ id: 'a', start: async () => 'pid' }] })
  // @ts-expect-error a nested supervisor needs an id: it has no module name that would be its own
  defineSupervisor({ children: [] }).child({})
  // @ts-expect-error a partition is a child specification
  await startPartitionSupervisor(node, { partitions: 4, child: () => Counter })
  // @ts-expect-error an object is no key
  partition('counters', { user: 'ann' })
  defineSupervisorBridge({
    // @ts-expect-error what init made is what terminate gets
    init: () => ({ pid: self.pid, state: 7 }),
    terminate: (_reason, state: string) => void state,
  })
}
