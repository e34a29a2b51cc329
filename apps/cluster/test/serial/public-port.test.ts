/**
 * Connections of the public port that the launcher accepts itself, while a node that should take them stands still or dies.
 */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { PublicPort } from '../../src/launcher/public-port.ts'

const program = fileURLToPath(new URL('taker.ts', import.meta.url))

describe('a connection that the launcher accepts', () => {
  let port: PublicPort
  let takers: ChildProcess[]
  beforeEach(async () => {
    port = await PublicPort.bind(0)
    takers = [1, 2].map(() => fork(program, [], { execArgv: [] }))
    await Promise.all(takers.map((taker) => once(taker, 'message')))
  })
  afterEach(async () => {
    port.close()
    for (const taker of takers) taker.kill('SIGKILL')
    await Promise.all(takers.map((taker) => (taker.exitCode ?? taker.signalCode) === null && once(taker, 'exit')))
  })

  /** Who answered; null when the connection was closed without an answer, or nobody answered in time. */
  async function ask(withinMs = 5000): Promise<number | null> {
    const socket = connect(port.port, '127.0.0.1')
    socket.on('error', () => {})
    socket.setTimeout(withinMs, () => socket.destroy())
    const answer = await text(socket).catch(() => '')
    return answer === '' ? null : Number(answer)
  }
  const many = (count: number): Promise<(number | null)[]> =>
    Promise.all(Array.from({ length: count }, () => ask(3000)))

  it('goes to the nodes in turns', async () => {
    for (const taker of takers) port.add(taker)
    const answers = await many(20)
    expect(new Set(answers)).toEqual(new Set(takers.map(({ pid }) => pid)))
  })

  it('waits for a node when there is none', async () => {
    const answers = many(5)
    port.add(takers[0]!)
    expect(await answers).toEqual(Array.from({ length: 5 }, () => takers[0]!.pid))
  })

  it('goes to another when a node stands still, all but the one that was on its way', async () => {
    for (const taker of takers) port.add(taker)
    takers[0]!.kill('SIGSTOP')
    const answers = await many(20)
    expect(answers.filter((pid) => pid === takers[1]!.pid).length).toBeGreaterThanOrEqual(19)
  })

  it('goes to another when a node dies that stood still', async () => {
    for (const taker of takers) port.add(taker)
    takers[0]!.kill('SIGSTOP')
    takers[1]!.kill('SIGSTOP')
    const answers = many(20)
    takers[0]!.kill('SIGKILL')
    await once(takers[0]!, 'exit')
    port.remove(takers[0]!)
    takers[1]!.kill('SIGCONT')
    expect((await answers).filter((pid) => pid === takers[1]!.pid).length).toBeGreaterThanOrEqual(19)
  })
})
