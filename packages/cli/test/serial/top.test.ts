/**
 * The program against a real node: as text, as JSON, in a real terminal (`script` of util-linux), and with nodes that are not there, do not let it
 * in, or go away.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ended, hasTerminal, World } from './harness.ts'

let world: World
beforeEach(async () => {
  world = await World.make()
})
afterEach(() => world.end())

describe('nodes that talk by TLS', () => {
  test('are looked at with certificates that the program made itself, and not without', async () => {
    const { folder } = world
    const made = await world.agner(['certificates', '--dir', folder, 'shop@127.0.0.1', 'operator@127.0.0.1'])
    expect(made).toMatchObject({ code: 0, errors: '' })
    await world.startShop([], { SHOP_CERTIFICATES: folder })
    const told = { cert: 'operator@127.0.0.1.crt', key: 'operator@127.0.0.1.key', ca: 'ca.crt' }
    writeFileSync(join(folder, 'agner-cluster.json'), JSON.stringify(told))
    const seen = await world.agner(['top', 'shop', '--once', '--cluster', folder])
    expect(seen).toMatchObject({ code: 0, errors: '' })
    expect(seen.output).toContain('till')
    expect(await world.agner(['nodes'])).toMatchObject({ code: 1 })
  })
})

describe('without a terminal', () => {
  test('it prints the node, its tree and its processes; JSON on demand; and one process with its state', async () => {
    await world.startShop()
    const text = await world.agner(['top', 'shop', '--once'])
    expect(text).toMatchObject({ code: 0, errors: '' })
    expect(text.output).toMatch(/^shop@127\.0\.0\.1 {2}up .*\n.* processes .*connected: none\n/)
    expect(text.output).toMatch(/\nshop +application .*\n└ till +@acme\/till +<\d+> +permanent +waiting +0\n/)
    const json = JSON.parse((await world.agner(['top', '--json'])).output) as {
      overview: object
      tree: { rows: object[] }
    }
    expect(json.overview).toMatchObject({ name: 'shop@127.0.0.1', connections: [] })
    expect(json.tree.rows[1]).toMatchObject({ id: 'till', pid: expect.stringMatching(/^<shop@127\.0\.0\.1\.\d+>$/) })
    const one = await world.agner(['top', 'shop', '--once', '--process', 'till'])
    expect(one.output).toMatch(/status +waiting[\s\S]*state, by version 0\.0\.0 of its code\n\{ tea: 3 \}\n/)
    expect((await world.agner(['nodes'])).output).toMatch(/^shop@127\.0\.0\.1 {2}127\.0\.0\.1:\d+\n$/)
    expect(await world.agner(['top'])).toMatchObject({ code: 1, errors: expect.stringContaining('--once') })
    expect(await world.agner(['top', 'shop', '--once', '--process', 'nobody'])).toMatchObject({ code: 1, output: '' })
  })

  test('it says what is wrong: nobody there, no such node, another cookie, a node without the inspector', async () => {
    expect(await world.agner(['top', '--once'])).toMatchObject({
      code: 1,
      errors: expect.stringContaining('No node is running'),
    })
    await world.startShop(['closed'])
    const failed = async (args: readonly string[], more?: Record<string, string>) =>
      (await world.agner(args, more)).errors
    expect(await failed(['top', 'bank', '--once'])).toContain(
      'There is no node bank. The port mapper knows: shop@127.0.0.1.',
    )
    expect(await failed(['top', '--once'], { AGNER_COOKIE: 'quite another cookie' })).toBe(
      'agner: shop@127.0.0.1 has another cookie than that of AGNER_COOKIE.\n',
    )
    expect(await failed(['top', '--once'], { AGNER_COOKIE: '' })).toContain('There is no cookie')
    expect(await failed(['top', '--once'], { AGNER_COOKIE: 'short' })).toContain('at least 16')
    expect(await failed(['top', '--once'])).toContain('createNode({ modules: [Inspector] })')
  })
})

describe.runIf(hasTerminal)('in a terminal', () => {
  test('it shows the tree, a process with its state, that the node is gone, and that it is back; q leaves no trace', async () => {
    const first = await world.startShop()
    const screen = world.top('shop', '--interval', '200')
    const press = (keys: string): void => screen.press(keys)

    await screen.shows(/shop@127\.0\.0\.1 {2}up .*\n[\s\S]*└ till +@acme\/till/)
    press('j\r')
    await screen.shows(/till {2}<\d+>[\s\S]*\{ tea: 3 \}/)
    press('\x1b')
    await screen.shows(/NAME +WHAT/)
    press('\t')
    await screen.shows(/▾MAILBOX/)
    press('/till\r')
    await screen.shows(/filter: till\n[^\n]*\n<\d+> +till +@acme\/till/)
    await ended(first)
    await screen.shows(/not connected: the connection to it was lost/)
    await screen.shows(/not connected: it is not running/)
    await world.startShop()
    await screen.shows(/shop@127\.0\.0\.1 {2}up \d s[\s\S]*<\d+> +till/)
    press('q')
    screen.hangUp()
    expect(await screen.over).toBe(0)
    // Cursor, line wrapping and the screen before are back.
    expect(screen.raw.trimEnd().endsWith('\x1b[?7h\x1b[?25h\x1b[?1049l')).toBe(true)
  })
})
