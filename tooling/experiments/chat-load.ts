/** Messages a second that the chat acknowledges, beside the same chat in one process, and where the difference goes. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { joined, loadOn, type Load } from './chat-load/load.ts'
import { isWhole, RunningChat } from './chat/running-chat.ts'
import { syncSpeed, type SyncSpeed } from './disk.ts'
import { defineExperiment, type Outcome } from './frame/experiment.ts'
import { quantile } from './frame/quantile.ts'

const singleMain = join(import.meta.dirname, 'chat-load', 'single', 'main.ts')
const wholeWithinMs = 30_000
const warmMs = 1500

const systems = ['one process', 'the cluster'] as const
type System = (typeof systems)[number]

interface Settings {
  readonly users: readonly number[]
  readonly seconds: number
  readonly rooms: number
  readonly listeners: number
}

async function start(system: System): Promise<RunningChat> {
  if (system === 'one process') return RunningChat.of(singleMain)
  const chat = await RunningChat.cluster()
  const deadlineMs = performance.now() + wholeWithinMs
  for (;;) {
    const view = await chat.view()
    if (view !== null && isWhole(view)) return chat
    if (performance.now() > deadlineMs) {
      await chat[Symbol.asyncDispose]()
      throw new Error(`the cluster is not whole after ${wholeWithinMs} ms: ${JSON.stringify(view)}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

async function processesOf(system: System, chat: RunningChat): Promise<Record<string, number>> {
  if (system === 'one process') return { chat: chat.osPid }
  const nodes = (await chat.view())?.nodes ?? []
  return {
    ...Object.fromEntries(nodes.map(({ name, osPid }) => [name.split('@')[0]!, osPid ?? 0])),
    launcher: chat.osPid,
  }
}

/** All loads on one system, from a fresh start. */
async function play(system: System, settings: Settings, tell: (line: string) => void): Promise<Load[]> {
  await using chat = await start(system)
  const processes = await processesOf(system, chat)
  const order = { url: chat.url, rooms: settings.rooms, listenersOfRoom: settings.listeners }
  await loadOn(processes, { ...order, writers: 16, ms: warmMs, name: 'warm' })
  const loads: Load[] = []
  for (const writers of settings.users) {
    const load = await loadOn(processes, { ...order, writers, ms: settings.seconds * 1000, name: `load${writers}` })
    tell(
      `${system}, ${writers} users: ${Math.round(perSecond(load))} a second, p50 ${quantile(load.tookMs, 0.5).toFixed(1)} ms`,
    )
    loads.push(load)
  }
  return loads
}

function perSecond({ tookMs, ms }: Load): number {
  return (tookMs.length / ms) * 1000
}

function outcomeOf(
  { users, listeners, rooms }: Settings,
  loads: Readonly<Record<System, Load[]>>,
  disk: SyncSpeed,
): Outcome {
  const all = systems.flatMap((system) => loads[system])
  const most = users.length - 1
  const costs = systems.flatMap((system) => {
    const load = loads[system][most]!
    const messages = load.tookMs.length
    const rows = Object.entries(load.cpuMs).map(([name, cpuMs]) => [
      system,
      name,
      (cpuMs * 1000) / messages,
      load.writtenBytes[name] === undefined ? null : load.writtenBytes[name] / messages,
    ])
    const sum = (values: Readonly<Record<string, number>>): number =>
      Object.entries(values).reduce((total, [name, value]) => (name === 'users' ? total : total + value), 0)
    return [
      ...rows,
      [system, 'all without the users', (sum(load.cpuMs) * 1000) / messages, sum(load.writtenBytes) / messages],
    ]
  })
  const ratio = perSecond(loads['the cluster'][most]!) / perSecond(loads['one process'][most]!)
  const alone = (system: System): number => quantile(loads[system][0]!.tookMs, 0.5)
  return {
    tables: [
      {
        caption: 'Messages, each acknowledged once it is on disk',
        columns: ['users', ...systems.flatMap((system) => [`${system}: a second`, 'p50 ms', 'p99 ms'])],
        rows: users.map((count, index) => [
          count,
          ...systems.flatMap((system) => {
            const load = loads[system][index]!
            return [perSecond(load), quantile(load.tookMs, 0.5), quantile(load.tookMs, 0.99)]
          }),
        ]),
      },
      {
        caption: `Where it goes, with ${users[most]} users`,
        columns: ['chat', 'OS process', 'processor µs a message', 'bytes written a message'],
        rows: costs,
      },
      {
        caption: 'The disk alone: one append of 512 bytes after the other, each synced',
        columns: ['a second', 'p50 ms', 'p99 ms'],
        rows: [[disk.perSecond, disk.p50Ms, disk.p99Ms]],
      },
    ],
    charts: [
      {
        type: 'lines',
        title: 'Messages acknowledged a second',
        x: { label: 'users', scale: 'log', ticks: users },
        y: { label: 'a second', scale: 'log' },
        series: systems.map((system) => ({
          name: system,
          points: loads[system].map((load, index) => [users[index] ?? 1, perSecond(load)] as const),
        })),
      },
      {
        type: 'lines',
        title: 'From the post to its acknowledgement',
        x: { label: 'users', scale: 'log', ticks: users },
        y: { label: 'ms', scale: 'log' },
        series: systems.flatMap((system) =>
          [0.5, 0.99].map((q) => ({
            name: `${system}, p${q * 100}`,
            dashed: q !== 0.5,
            points: loads[system].map((load, index) => [users[index] ?? 1, quantile(load.tookMs, q)] as const),
          })),
        ),
      },
    ],
    claims: [
      { text: 'Every post was acknowledged', holds: all.every(({ failed }) => failed === 0) },
      {
        text: `Each of the ${listeners} listeners of each of the ${rooms} rooms heard every message of its room`,
        holds: all.every(({ heard, toHear }) => heard === toHear),
      },
    ],
    notes: [
      `With ${users[most]} users the cluster acknowledges ${(ratio * 100).toFixed(0)} % of what one process does; with one user a message takes ${alone('the cluster').toFixed(1)} ms where it takes ${alone('one process').toFixed(1)}, and the disk alone needs ${disk.p50Ms.toFixed(1)} for a sync. All processes, and the users, share the cores of this machine and its one disk, as three machines would not: what the table above counts as processor time limits the cluster here.`,
      'What the cluster does more for a message: it goes from the http node that has the connection to the process of its room, which may be on the other http node, and on to the node that leads the log; that one and the others write it to their logs, and sync, before it is acknowledged; both database nodes then write it to SQLite, and the answer goes the way back. Each step between OS processes is encoded, written to a socket, read and decoded. For that, no single one of these processes, killed at any moment, takes an acknowledged message with it, or keeps the users from writing on. The one process loses nothing either when it is killed, but nobody is served until it is back, and when its disk is lost, so are the messages.',
    ],
    data: {
      loads: Object.fromEntries(
        systems.map((system) => [
          system,
          loads[system].map(({ tookMs, ...rest }) => ({ ...rest, messages: tookMs.length })),
        ]),
      ),
    },
  }
}

export default defineExperiment({
  title: 'The chat under load',
  about:
    'The reference chat, as `npm start` runs it, and the same chat as one would write it in a single process: fastify, ws and SQLite, with the same API, the same keys for retries, the messages of one turn in one transaction, and a sync before anything is acknowledged. Users post over HTTP, each its next message of 100 characters when the one before is acknowledged, from an OS process of their own. In each room some listen over WebSockets. The two run by turns, each from a fresh start, several times.',
  options: { users: [1, 8, 32, 128], seconds: 6, rooms: 4, listeners: 5, rounds: 2 },
  run: async ({ rounds, ...settings }, tell) => {
    const folder = mkdtempSync(join(tmpdir(), 'agner-chat-disk-'))
    try {
      const played: Record<System, Load[][]> = { 'one process': [], 'the cluster': [] }
      for (let round = 0; round < rounds; round++)
        for (const system of systems) played[system].push(await play(system, settings, tell))
      const disk = syncSpeed(folder, 512, 2000)
      const byUsers = (system: System): Load[] =>
        settings.users.map((_, index) => joined(played[system].map((loads) => loads[index]!)))
      return outcomeOf(settings, { 'one process': byUsers('one process'), 'the cluster': byUsers('the cluster') }, disk)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
})
