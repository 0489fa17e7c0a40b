// SPDX-License-Identifier: Apache-2.0
//
// Lets posthog-js, as published, record a page in a headless Chromium while somebody uses it:
//   node recording-flow.mjs <chromium> <host> <project key> <compression: on or off>
// The recorder is the one that the host serves.
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { openBrowser, openSite } from './browser.mjs'
import { pageState } from './page-state.mjs'
import { done, finished } from './phases.mjs'

const [executablePath, host, projectKey, compression] = process.argv.slice(2)
const sdk = join(dirname(createRequire(import.meta.url).resolve('posthog-js/package.json')), 'dist', 'array.js')

const ROWS = Array.from({ length: 200 }, (_, n) => `<tr><td>${n}</td><td>Article ${n}: a hedgehog for the garden</td></tr>`)

const PAGE = `<!doctype html>
<html><head><meta charset="utf-8"><title>Order</title><link rel="icon" href="data:,">
<style>.hidden { display: none } #total { color: green }</style></head>
<body>
<h1 id="title">Order — Bestellung 🦔</h1>
<form>
<input id="name" type="text" value="nobody">
<input id="secret" type="password">
<textarea id="note"></textarea>
<select id="size"><option value="s">small</option><option value="l">large</option></select>
<label><input id="gift" type="checkbox"> a gift</label>
<input id="fast" name="way" type="radio" value="fast"><input id="slow" name="way" type="radio" value="slow" checked>
</form>
<p id="gone">You have not ordered yet.</p>
<ul id="basket"><li>empty</li></ul>
<p id="total" class="sum hidden">0</p>
<button id="add" type="button">Add</button>
<div id="shadow"></div>
<table><tbody>${ROWS.join('')}</tbody></table>
<script src="/array.js"></script>
<script>
  document.getElementById('shadow').attachShadow({ mode: 'open' }).innerHTML = '<b>inside</b>'
  let count = 0
  document.getElementById('add').addEventListener('click', () => {
    count++
    const basket = document.getElementById('basket')
    if (count === 1) basket.innerHTML = ''
    const item = document.createElement('li')
    item.textContent = count + ' × hedgehog'
    item.dataset.count = count
    basket.prepend(item)
    const total = document.getElementById('total')
    total.classList.remove('hidden')
    total.style.fontWeight = 'bold'
    total.firstChild.data = String(count * 12.5)
    document.getElementById('gone')?.remove()
    document.getElementById('shadow').shadowRoot.firstChild.textContent = 'inside ' + count
  })
</script>
</body></html>`

const site = await openSite({ '/array.js': sdk, '/': { html: PAGE } })
const { context, close } = await openBrowser(executablePath)

try {
  await run()
} finally {
  await close()
  site.close()
}

async function run() {
  const requests = []
  const page = await context.newPage()
  context.on('requestfinished', async (request) => {
    if (request.url().startsWith(`${host}/s/`) && request.method() === 'POST') {
      requests.push({ contentType: request.headers()['content-type'] ?? null })
    }
  })
  await page.goto(`${site.url}order`)
  await page.evaluate(
    ([api_host, key, compressed]) => {
      window.sent = []
      window.posthog.init(key, {
        api_host,
        // Pages that a test drives look like a robot's.
        opt_out_useragent_filter: true,
        autocapture: false,
        disable_surveys: true,
        disable_compression: !compressed,
        session_recording: { compress_events: compressed, maskAllInputs: false },
        before_send: (event) => {
          if (event?.event === '$snapshot') {
            const items = event.properties.$snapshot_data
            window.sent.push({
              uuid: event.uuid,
              items: items.length,
              compressed: items.filter((item) => item.cv !== undefined).length,
            })
          }
          return event
        },
      })
    },
    [host, projectKey, compression === 'on'],
  )
  // From here on the recorder sees what happens; it sends nothing before somebody uses the page.
  await page.waitForFunction(() => window.posthog.sessionRecordingStarted())

  await page.fill('#name', '')
  await page.type('#name', 'Ada Lovelace')
  await page.type('#secret', 'hunter2-never-stored')
  await page.type('#note', 'To the garden gate,\nplease "ring" — Grüße 🦔')
  await page.selectOption('#size', 'l')
  await page.check('#gift')
  await page.check('#fast')
  for (let n = 0; n < 3; n++) await page.click('#add')
  await page.evaluate(() => document.querySelectorAll('tr:nth-child(even)').forEach((row) => row.remove()))
  await page.evaluate(() => window.scrollTo(0, 300))
  const before = await page.evaluate(async () => {
    const known = window.sent.length
    document.getElementById('title').setAttribute('data-state', 'ordered')
    // The recorder hears of a change before the next frame.
    await new Promise((frame) => requestAnimationFrame(() => requestAnimationFrame(frame)))
    // Nothing is recorded from here on, and what was recorded leaves.
    window.posthog.stopSessionRecording()
    return known
  })
  await page.waitForFunction((known) => window.sent.length > known, before)
  const state = await page.evaluate(`(${pageState})(document)`)
  const session = await page.evaluate(() => window.posthog.get_session_id())
  const sent = await page.evaluate(() => window.sent)
  await done('recorded', { session, state, sent })
  finished({ requests })
}
