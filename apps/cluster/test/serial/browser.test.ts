/**
 * Two people in two browsers talk to each other, see who is there, and see the cluster; their talk goes on when their http node is killed.
 *
 * Set SCREENSHOTS to a folder to keep pictures of the pages.
 */
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { chromium, type Browser, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Chat } from './chat.ts'

const executablePath = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium'
const hasChromium = existsSync(executablePath)
if (!hasChromium) console.warn(`no Chromium at ${executablePath}: the browser tests are skipped (set CHROMIUM_PATH)`)

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
/** On a machine that does much else, a node that was killed takes a while to be back. */
const slowMs = 240_000
const screenshots = process.env['SCREENSHOTS']

describe.skipIf(!hasChromium && process.env['CI'] === undefined)('the page', () => {
  let chat: Chat
  let browser: Browser
  let ann: Page
  let bob: Page
  beforeAll(async () => {
    chat = await Chat.start()
    await chat.until(({ nodes }) => nodes.every(({ up }) => up), 10_000)
    browser = await chromium.launch({ executablePath, args: flags })
    ;[ann, bob] = [await open('ann'), await open('bob')]
  })
  afterAll(async () => {
    await browser.close()
    await chat[Symbol.asyncDispose]()
  })

  async function open(user: string): Promise<Page> {
    const page = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage()
    page.setDefaultTimeout(60_000)
    await page.goto(`${chat.url}/?room=lobby&user=${user}`)
    await page.getByTestId('composer').waitFor()
    return page
  }

  const say = async (page: Page, text: string): Promise<void> => {
    await page.getByTestId('composer').fill(text)
    await page.getByTestId('composer').press('Enter')
  }
  const see = (page: Page, text: string): Promise<void> =>
    page.getByTestId('message').filter({ hasText: text }).first().waitFor()
  const picture = async (page: Page, name: string): Promise<void> => {
    if (screenshots === undefined) return
    mkdirSync(screenshots, { recursive: true })
    await page.screenshot({ path: join(screenshots, `${name}.png`) })
  }

  it('carries messages both ways, and shows who is there', async () => {
    await say(ann, 'hello Bob')
    await see(bob, 'hello Bob')
    await say(bob, 'hello Ann')
    await see(ann, 'hello Ann')
    for (const page of [ann, bob])
      for (const user of ['ann', 'bob'])
        await page.getByTestId('presence-user').filter({ hasText: user }).first().waitFor()
    await picture(ann, 'talking')
  })

  it('shows every node of the cluster', async () => {
    const count = (await chat.cluster()).nodes.length
    await expect.poll(() => ann.getByTestId('cluster-node').count()).toBe(count)
    await expect.poll(() => ann.locator('[data-testid="cluster-node"][data-up="true"]').count()).toBe(count)
    await picture(ann, 'cluster')
  })

  it(
    'goes on while one node after the other is killed: nothing is lost or doubled, and both see it in one order',
    { timeout: slowMs },
    async () => {
      const said: string[] = []
      let talking = true
      const talk = async (page: Page, user: string): Promise<void> => {
        for (let n = 1; talking; n++) {
          const text = `${user} says ${n}`
          await say(page, text)
          said.push(text)
          await page.waitForTimeout(300)
        }
      }
      const talked = Promise.allSettled([talk(ann, 'ann'), talk(bob, 'bob')])
      try {
        // A browser loses the node that it talks to, then the next one; the room moves with its node, and the messages with theirs.
        for (const name of ['http1', 'http2', 'db1'].map((short) => `${short}@127.0.0.1`)) {
          const { osPid } = (await chat.cluster()).nodes.find((node) => node.name === name)!
          process.kill(osPid!, 'SIGKILL')
          await chat.until(
            ({ nodes }) => nodes.every(({ up }) => up) && nodes.find((node) => node.name === name)!.osPid !== osPid,
            60_000,
          )
          // Whoever talks is heard again.
          await see(
            bob,
            said.findLast((text) => text.startsWith('ann'))!,
          )
        }
      } finally {
        talking = false
        await talked
      }
      expect(await talked).toMatchObject([{ status: 'fulfilled' }, { status: 'fulfilled' }])
      const idsOn = (page: Page): Promise<(string | null)[]> =>
        page.getByTestId('message').evaluateAll((all) => all.map((one) => one.getAttribute('data-id')))
      for (const page of [ann, bob])
        await expect.poll(() => page.getByTestId('message-pending').count(), { timeout: 15_000 }).toBe(0)
      const answer = await fetch(`${chat.url}/api/rooms/lobby/messages?limit=1000`)
      const { messages } = (await answer.json()) as { messages: { id: number; text: string }[] }
      expect(messages.map(({ text }) => text).sort()).toEqual(['hello Ann', 'hello Bob', ...said].sort())
      for (const page of [ann, bob]) await expect.poll(() => idsOn(page)).toEqual(messages.map(({ id }) => String(id)))
      await picture(bob, 'after-the-kills')
    },
  )

  it(
    'says so when nothing can be stored, reads on, and sends what was written meanwhile once it can',
    { timeout: slowMs },
    async () => {
      const { nodes } = await chat.cluster()
      const stopped = ['db2@127.0.0.1', 'log@127.0.0.1'].map((name) => nodes.find((node) => node.name === name)!.osPid!)
      for (const osPid of stopped) process.kill(osPid, 'SIGSTOP')
      try {
        await ann.getByTestId('storing').and(ann.locator('[data-storing="readOnly"]')).waitFor({ timeout: 60_000 })
        await say(ann, 'is anybody keeping this?')
        const refused = await chat.post('lobby', 'eve', 'nor this', 'eve-1')
        expect([refused.status, await refused.json()]).toMatchObject([503, { error: { code: 'database_read_only' } }])
        const read = await fetch(`${chat.url}/api/rooms/lobby/messages?limit=1000`)
        const { readOnly, messages } = (await read.json()) as { readOnly?: boolean; messages: { text: string }[] }
        expect([readOnly, messages[0]?.text]).toEqual([true, 'hello Bob'])
        await picture(ann, 'read-only')
      } finally {
        for (const osPid of stopped) process.kill(osPid, 'SIGCONT')
      }
      await see(bob, 'is anybody keeping this?')
      await expect.poll(() => ann.getByTestId('storing').count(), { timeout: 15_000 }).toBe(0)
    },
  )
})
