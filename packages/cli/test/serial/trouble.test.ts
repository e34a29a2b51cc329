/** The program against nodes that hang, are busy, or are of another version, and ended or stopped from outside. */
import { existsSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ended, hasTerminal, main, World } from './harness.ts'

const left = '\x1b[?7h\x1b[?25h\x1b[?1049l'
const entered = '\x1b[?1049h'

function inOrder(text: string, ...parts: readonly string[]): boolean {
  return parts.reduce((at, part) => (at === -1 ? -1 : text.indexOf(part, at)), 0) !== -1
}

let world: World
beforeEach(async () => {
  world = await World.make()
})
afterEach(() => world.end())

test('an error steers no terminal either, whatever it tells of', async () => {
  const { code, errors } = await world.agner(['\x1b[31mtap\u202e'])
  expect([code, errors]).toEqual([2, 'agner: There is no command ·[31mtap·.\nTry: agner --help\n'])
})

test('an inspector of another version is an error that says what to do', async () => {
  await world.startShop(['old'])
  const { code, errors } = await world.agner(['top', 'shop', '--once'])
  expect(code).toBe(1)
  expect(errors).toMatch(/^agner: The inspector of shop@127\.0\.0\.1 is of another version than this program: .*\n$/)
})

test('a node that hangs and holds the port mapper is not called absent', async () => {
  const shop = await world.startShop()
  await world.startShop([], { SHOP_NAME: 'bank' })
  shop.kill('SIGSTOP')
  const { code, errors } = await world.agner(['nodes'])
  expect(code).toBe(1)
  expect(errors).toContain('does not answer: the node that serves it hangs')
  expect(errors).not.toContain('No node is running')
})

test.runIf(existsSync('/dev/full'))('what cannot be written is an error', () => {
  const command = `exec ${process.execPath} --conditions=@agner/source ${main} --help > /dev/full`
  const { status, stderr } = spawnSync('sh', ['-c', command], { encoding: 'utf8' })
  expect(status).toBe(1)
  expect(stderr).toContain('could not be written: ')
})

describe.runIf(hasTerminal)('in a terminal', () => {
  test('a node with an inspector of its own is said to be gone, and is looked at again', async () => {
    const first = await world.startShop(['standing'])
    const screen = world.top('shop', '--interval', '200')
    await screen.shows(/shop@127\.0\.0\.1 {2}up .*\n[\s\S]*└ till +@acme\/till/)
    await ended(first)
    await screen.shows(/not connected: it is not running/)
    await world.startShop(['standing'])
    await screen.shows(/shop@127\.0\.0\.1 {2}up /)
  })

  test('an inspector of another version ends the view, and leaves the terminal whole', async () => {
    await world.startShop(['old'])
    const screen = world.top('shop')
    await screen.over
    expect(inOrder(screen.raw, entered, left, 'agner: The inspector of shop@127.0.0.1 is of another version')).toBe(
      true,
    )
  })

  test('a node that is known is found again while the node that holds the port mapper hangs', async () => {
    const holder = await world.startShop()
    const bank = await world.startShop(['forgetful'], { SHOP_NAME: 'bank' })
    const screen = world.top('bank', '--interval', '200')
    await screen.shows(/bank@127\.0\.0\.1 {2}up /)
    holder.kill('SIGSTOP')
    bank.kill('SIGUSR2')
    await screen.shows(/not connected: its inspector ended/)
    await screen.shows(/bank@127\.0\.0\.1 {2}up /)
  })

  test.each(['SIGINT', 'SIGQUIT', 'SIGTERM'] as const)('%s from outside leaves no trace', async (signal) => {
    await world.startShop()
    const screen = world.top('shop')
    await screen.shows(/└ till/)
    screen.signal(signal)
    await screen.over
    expect(screen.raw.trimEnd().endsWith(left)).toBe(true)
  })

  test('stopped, it leaves the terminal, and shows everything again when it goes on', async () => {
    await world.startShop()
    const screen = world.top('shop')
    await screen.shows(/└ till/)
    for (const stop of [() => screen.signal('SIGTSTP'), () => screen.press('\x1a')]) {
      const before = screen.raw.length
      stop()
      // Nobody could let it go on here, so it is not stopped and comes back by itself.
      await screen.until(() => inOrder(screen.raw.slice(before), left, entered, 'till'))
    }
    // Stopped by what nobody can catch: the shell may have used the terminal since.
    screen.signal('SIGSTOP')
    const before = screen.raw.length
    screen.signal('SIGCONT')
    await screen.until(() => inOrder(screen.raw.slice(before), entered, 'till'))
    screen.press('q')
    await screen.over
    expect(screen.raw.trimEnd().endsWith(left)).toBe(true)
    expect(screen.raw.split(entered).length - 1).toBe(4)
  })
})
