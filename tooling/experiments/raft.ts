/** One Raft group on three OS processes with synced logs: how fast, beside what the disk alone can do, and how long it is without a leader. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SyncSpeed } from './disk.ts'
import { defineExperiment, type Outcome } from './frame/experiment.ts'
import { quantile } from './frame/quantile.ts'
import { bytesIn, logAlone, syncsOf } from './raft/disk-alone.ts'
import { gapWithout, loadFor, text, type Gap, type Load } from './raft/load.ts'
import { Trio } from './raft/trio.ts'

interface Figures {
  readonly clients: readonly number[]
  readonly loads: readonly Load[]
  readonly recordBytes: number
  readonly alone: readonly (readonly [what: string, speed: SyncSpeed])[]
  readonly kills: readonly Gap[]
  readonly freezes: readonly Gap[]
  readonly answered: number
  readonly counted: number
}

async function gaps(count: number, measure: () => Promise<Gap>, tell: (gap: Gap, i: number) => void): Promise<Gap[]> {
  const all: Gap[] = []
  for (let i = 0; i < count; i++) {
    const gap = await measure()
    tell(gap, i)
    all.push(gap)
  }
  return all
}

function outcomeOf(figures: Figures): Outcome {
  const { clients, loads, recordBytes, alone, kills, freezes, answered, counted } = figures
  const gapRow = (what: string, times: readonly number[]): (string | number)[] => [
    what,
    times.length,
    quantile(times, 0.5),
    Math.max(...times),
  ]
  const leaderOf = (all: readonly Gap[]): number[] => all.map(({ leaderMs }) => leaderMs)
  const answerOf = (all: readonly Gap[]): number[] => all.map(({ answerMs }) => answerMs)
  const gapRows = [
    ...(kills.length === 0
      ? []
      : [
          gapRow('kill -9 of the leader, until another leads', leaderOf(kills)),
          gapRow('kill -9 of the leader, until the next answer', answerOf(kills)),
        ]),
    ...(freezes.length === 0
      ? []
      : [
          gapRow('the leader is frozen (SIGSTOP), until another leads', leaderOf(freezes)),
          gapRow('the leader is frozen (SIGSTOP), until the next answer', answerOf(freezes)),
        ]),
  ]
  return {
    tables: [
      {
        caption: 'Commands on three processes',
        columns: ['at once', 'commands a second', 'p50 ms', 'p99 ms'],
        rows: loads.map(({ perSecond, p50Ms, p99Ms }, i) => [clients[i] ?? null, perSecond, p50Ms, p99Ms]),
      },
      {
        caption: `The disk alone, with the same ${recordBytes} bytes for each sync`,
        columns: ['what', 'syncs a second', 'p50 ms', 'p99 ms'],
        rows: alone.map(([what, { perSecond, p50Ms, p99Ms }]) => [what, perSecond, p50Ms, p99Ms]),
      },
      { caption: 'Without a leader', columns: ['what', 'times', 'p50 ms', 'most ms'], rows: gapRows },
    ],
    charts: [
      {
        type: 'lines',
        title: 'Commands a second, each answered once a majority has it on disk',
        x: { label: 'commands at once', scale: 'log', ticks: clients },
        y: { label: 'a second', scale: 'log' },
        series: [
          { name: 'the group', points: loads.map(({ perSecond }, i) => [clients[i] ?? 1, perSecond]) },
          ...alone.map(([name, { perSecond }]) => ({
            name,
            dashed: true,
            points: clients.map((count) => [count, perSecond] as const),
          })),
        ],
      },
      {
        type: 'bars',
        title: 'Time without a leader',
        value: { label: 'ms' },
        groups: gapRows.map(([what]) => String(what).replace(/^.*(kill -9|frozen).*(leads|answer)$/, '$1: $2')),
        series: [
          { name: 'p50', values: gapRows.map((row) => Number(row[2])) },
          { name: 'most', values: gapRows.map((row) => Number(row[3])) },
        ],
      },
    ],
    claims: [
      {
        text: `After ${kills.length} kills and ${freezes.length} freezes of the leader each of ${answered.toLocaleString('en-US')} answered commands was applied, exactly once`,
        holds: answered === counted,
      },
      ...(kills.length === 0
        ? []
        : [
            {
              text: 'After each kill another member leads before the election timeout of 1 s',
              holds: kills.every(({ leaderMs }) => leaderMs < 1000),
            },
          ]),
    ],
    notes: [
      'A command is answered once it is synced on two of the three processes and applied by the leader. All three, and the client, share the cores and the one disk of this machine; with one command at a time, what it takes is one sync of the leader and, at the same time, a way to a follower and its sync. With many at once, those that come while a sync runs share the next one.',
      'A killed process closes its connections, which the others see at once, so that they need not wait for the election timeout (1 s, and a random part of as much again). A frozen one says nothing and closes nothing, as a machine that has lost its power: here the timeout passes first, and a client gives a member 2 s to answer before it asks another. The killed member is started again each time, with what it has on disk, and is level with the others before the next kill.',
    ],
    data: { loads, recordBytes, kills, freezes, answered, counted },
  }
}

export default defineExperiment({
  title: 'Raft on three processes with synced storage',
  about:
    'Three members, each an OS process with `segmentStorage`, and a fourth process as their client, over TCP on loopback. Commands carry 100 bytes of text. Beside it, what the disk can sync when there is nothing but a loop of `write` and `fdatasync`, in one process and in three at once. Then the leader is taken away, again and again, while commands come one after the other.',
  options: { clients: [1, 4, 16, 64, 256], seconds: 4, kills: 15, freezes: 5 },
  run: async ({ clients, seconds, kills, freezes }, tell) => {
    const folder = mkdtempSync(join(tmpdir(), 'agner-raft-'))
    try {
      await using trio = await Trio.start(folder)
      const warm = await loadFor(trio, 32, 1000)
      let answered = warm.answered
      const loads: Load[] = []
      let recordBytes = 0
      for (const count of clients) {
        const before = bytesIn(trio.folders[0]!)
        const load = await loadFor(trio, count, seconds * 1000)
        if (recordBytes === 0)
          recordBytes = Math.max(1, Math.round((bytesIn(trio.folders[0]!) - before) / load.answered))
        tell(`${count} at once: ${Math.round(load.perSecond)} a second, p50 ${load.p50Ms.toFixed(2)} ms`)
        loads.push(load)
        answered += load.answered
      }
      const alone = [
        ['the disk, one process', await syncsOf(1, folder, recordBytes, seconds * 1000)],
        ['the disk, three processes at once, each', await syncsOf(3, folder, recordBytes, seconds * 1000)],
        ['one log of segmentStorage, one write at a time', await logAlone(folder, text, seconds * 1000)],
      ] as const
      const say =
        (what: string) =>
        (gap: Gap, i: number): void =>
          tell(
            `${what} ${i + 1}: led again after ${gap.leaderMs.toFixed(0)} ms, answered after ${gap.answerMs.toFixed(0)}`,
          )
      const killed = await gaps(
        kills,
        () =>
          gapWithout(
            trio,
            (leader) => trio.signal(leader, 'SIGKILL'),
            (leader) => trio.restart(leader),
          ),
        say('kill'),
      )
      const frozen = await gaps(
        freezes,
        () =>
          gapWithout(
            trio,
            (leader) => trio.signal(leader, 'SIGSTOP'),
            async (leader) => trio.signal(leader, 'SIGCONT'),
          ),
        say('freeze'),
      )
      for (const gap of [...killed, ...frozen]) answered += gap.answered
      const counted = await trio.client.read(trio.node, null)
      return outcomeOf({ clients, loads, recordBytes, alone, kills: killed, freezes: frozen, answered, counted })
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
})
