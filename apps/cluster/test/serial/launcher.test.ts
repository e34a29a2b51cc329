/**
 * What the launcher does with nodes that do not start, or do not start again. The nodes do nothing but that.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createNode } from '@agner/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Launcher } from '../../src/launcher/launcher.ts'
import { keep } from '../../src/launcher/os-process.ts'
import { nodes } from '../../src/topology.ts'

const stub = fileURLToPath(new URL('stub-node.ts', import.meta.url))
let dataFolder: string
beforeAll(async () => {
  dataFolder = await mkdtemp(join(tmpdir(), 'agner-launcher-'))
})
afterAll(() => rm(dataFolder, { recursive: true, force: true }))

describe('the rolling restart', () => {
  it('ends at a node that does not start again, and stays ended when that is mended', async () => {
    const said: string[] = []
    const say = (line: string): void => void said.push(line)
    const launcher = await Launcher.start({ port: 0, dataFolder, say, mainOf: () => stub })
    try {
      await launcher.ready
      const before = launcher.osPids
      await writeFile(join(dataFolder, 'BROKEN'), 'analytics@127.0.0.1')
      await expect(launcher.rollingRestart(600)).rejects.toThrow(
        /^the rolling restart ends before a node was restarted: analytics@127\.0\.0\.1 .*\. Mend that, then ask for it again\.$/,
      )

      await rm(join(dataFolder, 'BROKEN'))
      const back = /^analytics@127\.0\.0\.1 is up/
      await until(() => said.filter((line) => back.test(line)).length === 2)
      const others = [...before].filter(([name]) => name !== 'analytics@127.0.0.1')
      expect(others.map(([name]) => [name, launcher.osPids.get(name)])).toEqual(others)
      expect(said.filter((line) => line.startsWith('rolling restart:'))).toHaveLength(1)
      // It can be asked for anew.
      await launcher.restart('reporting@127.0.0.1')
      expect(launcher.osPids.get('reporting@127.0.0.1')).not.toBe(before.get('reporting@127.0.0.1'))
    } finally {
      await launcher.stop()
    }
  })
})

describe('a node that cannot be run', () => {
  it.each([
    ['since there is no such program', '/there/is/no/such/program', /it could not be run: spawn .* ENOENT/],
    ['since the call for it fails', '\0', /it could not be run: .*null bytes/],
  ])('%s is tried again, held back, and its keeper says why', async (_, program, why) => {
    const seen: string[] = []
    const told = createNode()
    const settings = { name: 'log@127.0.0.1', cookie: '-', dataFolder, portMapperPort: 1, addresses: null }
    const keeper = told.spawn(
      keep(nodes[0]!, { prefix: [program], main: stub }, settings, {
        started: () => {},
        ready: () => {},
        ended: (_plan, _child, how) => void seen.push(how),
        isOver: () => false,
      }),
    )
    await until(() => seen.length === 3)
    expect(told.isAlive(keeper)).toBe(true)
    for (const how of seen) expect(how).toMatch(why)
    await told.stop()
  })

  it('ends the start of the chat with a line that says so', async () => {
    const launcher = await Launcher.start({
      port: 0,
      dataFolder,
      say: () => {},
      mainOf: () => stub,
      placeOf: (node) => ({
        address: '127.0.0.1:1',
        prefix: node.startsWith('db2') ? ['/there/is/no/such/program'] : [],
      }),
    })
    await expect(launcher.ready).rejects.toThrow(/^db2@127\.0\.0\.1 cannot be started: .*could not be run: .*ENOENT/)
    await launcher.stop()
  })
})

async function until(reached: () => boolean): Promise<void> {
  const deadlineMs = performance.now() + 10_000
  while (!reached()) {
    if (performance.now() > deadlineMs) throw new Error('not reached in time')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
