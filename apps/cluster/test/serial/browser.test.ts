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
    page.setDefaultTimeout(10_000)
    await page.goto(`${chat.url}/?room=lobby&user=${user}`)
    await page.getByTestId('composer').waitFor()
    return page
  }

  const say = async (page: Page, text: string): Promise<void> => {
    await page.getByTestId('composer').fill(text)
    await page.getByTestId('send').click()
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
    await expect.poll(() => ann.getByTestId('cluster-node').count()).toBe(6)
    await expect.poll(() => ann.locator('[data-testid="cluster-node"][data-up="true"]').count()).toBe(6)
    await picture(ann, 'cluster')
  })

  it('goes on when the http nodes are killed one after the other: nothing is lost or doubled', async () => {
    for (const name of ['http1@127.0.0.1', 'http2@127.0.0.1']) {
      const { osPid } = (await chat.cluster()).nodes.find((node) => node.name === name)!
      process.kill(osPid!, 'SIGKILL')
      await say(ann, `after ${name}`)
      await see(bob, `after ${name}`)
      await see(ann, `after ${name}`)
      await chat.until(
        ({ nodes }) => nodes.every(({ up }) => up) && nodes.find((node) => node.name === name)!.osPid !== osPid,
        10_000,
      )
    }
    const texts = async (page: Page): Promise<string[]> =>
      page.getByTestId('message').evaluateAll((all) => all.map((one) => one.getAttribute('data-id') ?? 'pending'))
    await expect.poll(() => texts(ann)).toEqual(await texts(bob))
    expect(new Set(await texts(ann)).size).toBe((await texts(ann)).length)
    await picture(bob, 'after-the-kills')
  })
})
