/** How long nobody can write when the database node that leads is killed: from `kill -9` to the next acknowledged message, many times. */
import { isWhole, leaderOf, RunningChat, type NodeView } from './chat/running-chat.ts'
import { Writing } from './failover/writing.ts'
import { defineExperiment, type Outcome } from './frame/experiment.ts'
import { quantile } from './frame/quantile.ts'

const goalMs = 5000
const wholeWithinMs = 60_000
const answerWithinMs = 60_000
/** Whole at two looks so far apart: then the leadership is not on its way to another node any more. */
const settledMs = 1000

interface Kill {
  readonly node: string
  readonly ms: number
}

/** The node that leads once everything is as it should be, and stays so. @throws when that takes too long. */
async function settledLeader(chat: RunningChat, killed: number | null): Promise<NodeView> {
  const deadlineMs = performance.now() + wholeWithinMs
  let before: NodeView | undefined
  for (;;) {
    const view = await chat.view()
    const back = view !== null && isWhole(view) && view.nodes.every(({ osPid }) => osPid !== killed)
    const leader = back ? leaderOf(view) : undefined
    if (leader !== undefined && leader.name === before?.name) return leader
    before = leader
    if (performance.now() > deadlineMs)
      throw new Error(`the cluster is not whole after ${wholeWithinMs} ms: ${JSON.stringify(view)}`)
    await new Promise((resolve) => setTimeout(resolve, leader === undefined ? 50 : settledMs))
  }
}

async function killLeader(chat: RunningChat, writing: Writing, leader: NodeView): Promise<Kill> {
  const killedMs = performance.now()
  process.kill(leader.osPid!, 'SIGKILL')
  const answeredMs = await writing.firstSentAfter(killedMs, answerWithinMs)
  return { node: leader.name, ms: answeredMs - killedMs }
}

async function stored(url: string, room: string): Promise<Map<string, number[]>> {
  const ids = new Map<string, number[]>()
  for (let after = 0; ;) {
    const response = await fetch(`${url}/api/rooms/${room}/messages?after=${after}&limit=1000`)
    if (!response.ok) throw new Error(`the history was answered with ${response.status}`)
    const { messages } = (await response.json()) as { messages: { id: number; text: string }[] }
    for (const { id, text } of messages) ids.set(text, [...(ids.get(text) ?? []), id])
    if (messages.length < 1000) return ids
    after = messages.at(-1)!.id
  }
}

function outcomeOf(kills: readonly Kill[], writing: Writing, kept: ReadonlyMap<string, readonly number[]>): Outcome {
  const times = kills.map(({ ms }) => ms)
  const nodes = [...new Set(kills.map(({ node }) => node))].toSorted()
  const lost = writing.acknowledged.filter(({ id, text }) => {
    const ids = kept.get(text) ?? []
    return ids.length !== 1 || ids[0] !== id
  })
  const row = (what: string, of: readonly number[]): (string | number)[] => [
    what,
    of.length,
    quantile(of, 0.5),
    quantile(of, 0.9),
    Math.max(...of),
  ]
  const sorted = times.toSorted((a, b) => a - b)
  return {
    tables: [
      {
        caption: 'From kill -9 of the leading database node to the next acknowledged write',
        columns: ['killed', 'times', 'p50 ms', 'p90 ms', 'most ms'],
        rows: [
          row('whichever led', times),
          ...nodes.map((node) =>
            row(
              node,
              kills.filter((kill) => kill.node === node).map(({ ms }) => ms),
            ),
          ),
        ],
      },
    ],
    charts: [
      {
        type: 'lines',
        title: 'Kills after which a write was acknowledged within so long',
        x: { label: 'ms' },
        y: { label: 'kills' },
        series: [{ name: 'kills', points: sorted.map((ms, index) => [ms, index + 1] as const) }],
      },
    ],
    claims: [
      {
        text: `After each of ${kills.length} kills the next write was acknowledged within ${goalMs / 1000} s`,
        holds: times.every((ms) => ms < goalMs),
      },
      {
        text: `Each of ${writing.acknowledged.length.toLocaleString('en-US')} acknowledged messages is there exactly once, with the id that it was acknowledged with`,
        holds: lost.length === 0,
      },
    ],
    notes: [
      `One user posts a message every 10 ms over HTTP through the public port, and asks for nothing twice; of all posts ${writing.failed} were not acknowledged. What is measured ends with the first acknowledgement of a message that was sent after the kill: one that the old leader still answered does not count. Before the next kill the killed node has come back, has caught up, and whoever leads by then has led for a while.`,
    ],
    data: { kills },
  }
}

export default defineExperiment({
  title: 'Failover of the chat’s database',
  about:
    'The reference chat, as `npm start` runs it: seven nodes, each an OS process, and the messages in a replicated log. The node that leads the database is killed with `kill -9`, again and again, while somebody writes.',
  options: { kills: 50 },
  run: async ({ kills: count }, tell) => {
    await using chat = await RunningChat.cluster()
    const kills: Kill[] = []
    let killed: number | null = null
    const writing = new Writing(chat.url, 'failover')
    try {
      for (let index = 0; index < count; index++) {
        const leader = await settledLeader(chat, killed)
        killed = leader.osPid
        const kill = await killLeader(chat, writing, leader)
        tell(`kill ${index + 1} of ${leader.name}: acknowledged again after ${kill.ms.toFixed(0)} ms`)
        kills.push(kill)
      }
      await settledLeader(chat, killed)
    } finally {
      await writing.stop()
    }
    return outcomeOf(kills, writing, await stored(chat.url, writing.room))
  },
})
