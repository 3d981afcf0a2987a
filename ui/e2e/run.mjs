// Drives the page of a running server as its reader would.
//
//   PERENNIAL_URL=http://127.0.0.1:7979 [SCREENSHOT_DIR=shots] node e2e/run.mjs [--empty|--demo]
//
// With an empty data folder it first imports a small file by drag and drop. `--empty` and `--demo`
// say which of the two is expected, so that the one is never taken for the other.
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { settled, startBrowser } from './browser.mjs';
import { checkDashboards } from './dashboards.mjs';
import { checkModels, checkNoModels } from './models.mjs';
import { checkSegments } from './segments.mjs';

const url = (process.env.PERENNIAL_URL ?? '').replace(/\/$/, '');
if (!url) {
  console.error('PERENNIAL_URL is not set: say where the server listens, such as http://127.0.0.1:7979');
  process.exit(2);
}
const shots = process.env.SCREENSHOT_DIR;
if (shots) mkdirSync(shots, { recursive: true });

let passed = 0;
let failed = 0;
async function check(claim, prove) {
  try {
    await prove();
    passed += 1;
    console.log(`ok    ${claim}`);
  } catch (error) {
    failed += 1;
    console.log(`FAIL  ${claim}\n      ${String(error?.message ?? error).split('\n').slice(0, 6).join('\n      ')}`);
  }
}
function equal(found, wanted, what) {
  if (found !== wanted) throw new Error(`${what}: found \`${found}\`, wanted \`${wanted}\``);
}
function holds(claim, what) {
  if (!claim) throw new Error(what);
}

const browser = await startBrowser(url);
const catalog = async () => (await fetch(`${url}/api/v1/catalog`)).json();
const percent = (share, language = 'en') => new Intl.NumberFormat(language, { style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(share);

// ── A data folder with nothing in it ──────────────────────────────────────────────────────────

const SMALL = [
  'customer_id,order_id,order_date,amount',
  ...[['ann', 1, '2024-01-03', 10], ['bob', 2, '2024-01-09', 20], ['cyd', 3, '2024-01-20', 15], ['客户丁', 4, '2024-01-31', 8],
    ['ann', 5, '2024-02-05', 12], ['客户丁', 6, '2024-02-11', 9], ['eve', 7, '2024-02-14', 30], ['fay', 8, '2024-02-20', 7],
    ['ann', 9, '2024-03-02', 5], ['eve', 10, '2024-03-15', 22], ['', 11, '2024-03-16', 1]].map((row) => row.join(',')),
].join('\n') + '\n';

async function dropFile(page, name, text) {
  const files = await page.evaluateHandle(([fileName, body]) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([body], fileName, { type: 'text/csv' }));
    return transfer;
  }, [name, text]);
  await page.dispatchEvent('[data-dropzone]', 'dragover', { dataTransfer: files });
  await page.dispatchEvent('[data-dropzone]', 'drop', { dataTransfer: files });
}

async function importSmall() {
  const { page, trouble, close } = await browser.open();
  const sent = [];
  // A file's bytes are not shown to the page's watcher, their number is.
  page.on('requestfinished', async (request) => {
    if (request.method() !== 'POST' || !request.url().includes('/imports?')) return;
    sent.push(Number((await request.allHeaders())['content-length'] ?? 0));
  });
  await settled(page);
  await check('an empty data folder asks for a file', () => page.waitForSelector('[data-dropzone]', { timeout: 10_000 }));
  if (shots) await page.screenshot({ path: join(shots, 'empty.png') });
  await check('a dropped file shows how it will be read, before anything is written', async () => {
    await dropFile(page, 'orders.csv', SMALL);
    await page.waitForSelector('[data-import-start]', { timeout: 30_000 });
    equal(await page.textContent('[data-dry-counts] [data-count="read"]'), '11', 'rows read');
    equal(await page.textContent('[data-dry-counts] [data-count="rejected"]'), '1', 'rows rejected');
    equal(await page.locator('[data-sample-rows] tbody tr').count(), 10, 'rows shown');
    equal((await catalog()).n_events, 0, 'events in the lake');
  });
  if (shots) await page.screenshot({ path: join(shots, 'import.png'), fullPage: true });
  await check('the import takes what can be taken and says what not', async () => {
    await page.click('[data-import-start]');
    await page.waitForSelector('[data-import-state="done"]', { timeout: 60_000 });
    equal(await page.textContent('[data-import-state] [data-count="accepted"]'), '10', 'rows accepted');
    equal(await page.textContent('[data-import-state] [data-count="rejected"]'), '1', 'rows rejected');
  });
  await check('the file crossed the wire once', () => equal(sent.filter((n) => n > 0).length, 1, `bodies of ${sent.join(', ')} bytes`));
  await check('the import is listed once, under one id', async () => {
    const listed = await (await fetch(`${url}/api/v1/imports`)).json();
    equal(listed.length, 1, 'imports listed');
    equal(listed[0].id, listed[0].import, 'its id');
  });
  await check('and leads to the answer', async () => {
    await page.click('[data-import-see]');
    await page.waitForSelector('[data-heatmap]', { timeout: 30_000 });
    await settled(page);
    const cell = page.locator('tr[data-row="2024-01-01"] button[data-index="1"]');
    equal(await cell.textContent(), '50.0%', 'share of January who ordered in February');
    equal(await cell.getAttribute('data-customers'), '2', 'customers of the cell');
  });
  await check('nothing went wrong in the browser while importing', () => equal(trouble.join('; '), '', 'trouble'));
  await close();
}

const isEmpty = (await catalog()).n_events === 0;
if (process.argv.includes('--empty')) await check('the data folder is empty', () => holds(isEmpty, 'it has events'));
if (process.argv.includes('--demo')) await check('the data folder has events', () => holds(!isEmpty, 'it has none'));
if (isEmpty) {
  await checkNoModels({ browser, check, holds });
  await importSmall();
}

// ── The page an analyst keeps open ────────────────────────────────────────────────────────────

const { page, trouble, close } = await browser.open({ path: '/imports' });
const answers = {};
page.on('response', async (response) => {
  const kind = /\/insights\/(\w+)$/.exec(response.url())?.[1];
  if (!kind || response.status() !== 200) return;
  const answer = await response.json().catch(() => null);
  if (answer && answer.customers == null) answers[kind] = answer;
});
await page.goto(`${url}/`);
await settled(page);

await check('the headline is the newest finished period of the answer', async () => {
  const now = answers.crr.periods.filter((one) => one.complete && one.set !== null).at(-1);
  if (!now) return holds(await page.getByText('–').count() > 0, 'no dash where there is no rate');
  const text = await page.textContent('[data-crr-headline]');
  holds(text.includes(now.label) && text.includes(percent(now.set)) && text.includes(percent(now.classic)), `\`${text}\` does not say ${now.label} ${percent(now.set)} ${percent(now.classic)}`);
});

await check('the industry band names source and warns that definitions differ', async () => {
  const band = answers.crr.benchmarks.find((one) => one.industry === 'retail');
  const text = await page.textContent('[data-benchmark]');
  holds(text.includes(band.source) && /definitions differ/i.test(text), text);
});

await check('every cell of the triangle shows its share, and only unfinished ones are marked', async () => {
  const shown = await page.$$eval('[data-heatmap] button[data-index]', (buttons) =>
    buttons.map((b) => ({ row: b.closest('tr').dataset.row, index: +b.dataset.index, text: b.textContent, customers: +b.dataset.customers, complete: b.dataset.complete, hatched: getComputedStyle(b).backgroundImage.includes('repeating') })));
  const wanted = answers.retention.cohorts.flatMap((cohort) => cohort.cells.map((cell) => ({ cohort, cell })));
  equal(shown.length, wanted.length, 'cells');
  for (const { cohort, cell } of wanted) {
    const here = shown.find((one) => one.row === cohort.start && one.index === cell.index);
    const where = `${cohort.start} ${cell.index}`;
    equal(here?.customers, cell.customers, where);
    if (cell.index > 0) equal(here?.text, cell.share === null ? '–' : percent(cell.share), where);
    equal(here?.hatched, !cell.complete, `${where} hatched`);
  }
});

await check('under each picture stands its definition', async () => {
  const sentences = await page.$$eval('[data-definition]', (all) => all.map((one) => one.textContent));
  equal(sentences.filter((one) => one === answers.retention.definition.en).length, 2, 'definitions of retention');
  holds(sentences.includes(answers.crr.definition.en), 'no definition of the rate');
});

/** The cell that was opened first; others are asked about later on. */
let opened = null;
const target = () => {
  const cells = answers.retention.cohorts.flatMap((cohort) => cohort.cells.map((cell) => ({ cohort, cell })));
  return cells.filter(({ cell }) => cell.index > 0 && cell.customers > 0)[0] ?? cells[0];
};

await check('a click on a cell lists exactly its customers', async () => {
  const { cohort, cell } = target();
  opened = { row: cohort.start, index: cell.index, customers: cell.customers };
  await page.click(`tr[data-row="${cohort.start}"] button[data-index="${cell.index}"]`);
  await page.waitForSelector('[data-customers-total]');
  equal(Number(await page.getAttribute('[data-customers-total]', 'data-customers-total')), cell.customers, 'total');
  equal(Number(await page.locator('ol li').first().getAttribute('aria-setsize')), cell.customers, 'rows of the list');
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download CSV' }).click()]);
  const ids = readFileSync(await file.path(), 'utf8').trim().split('\r\n').slice(1);
  equal(ids.length, cell.customers, 'rows of the file');
  equal(new Set(ids).size, cell.customers, 'different customers');
});

await check('a click on a number of the rate lists exactly its customers', async () => {
  await page.keyboard.press('Escape');
  await page.waitForSelector('[data-customers-total]', { state: 'detached' });
  const now = answers.crr.periods.filter((one) => one.complete && one.set !== null).at(-1);
  if (!now) return;
  for (const set of ['s', 'kept', 'lost']) {
    await page.click(`[data-crr-headline] [data-set="${set}"]`);
    await page.waitForSelector('[data-customers-total]');
    equal(Number(await page.getAttribute('[data-customers-total]', 'data-customers-total')), now[set], set);
    await page.keyboard.press('Escape');
    await page.waitForSelector('[data-customers-total]', { state: 'detached' });
  }
});

await check('the open cell lives in the address, and back closes it', async () => {
  const { cohort, cell } = target();
  await page.click(`tr[data-row="${cohort.start}"] button[data-index="${cell.index}"]`);
  await page.waitForFunction(() => location.search.includes('cell='));
  await page.reload();
  await page.waitForSelector('[data-customers-total]');
  equal(Number(await page.getAttribute('[data-customers-total]', 'data-customers-total')), cell.customers, 'total after a reload');
  await page.goBack();
  await page.waitForSelector('[data-customers-total]', { state: 'detached' });
  await settled(page);
});

await check('arrow keys walk the triangle and Enter opens a cell', async () => {
  await page.locator('[data-heatmap] button[data-index="0"]').first().focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowUp');
  const label = await page.evaluate(() => document.activeElement.getAttribute('aria-label'));
  holds(label.startsWith(answers.retention.cohorts[0].label), label);
  await page.keyboard.press('Enter');
  await page.waitForSelector('[data-customers-total]');
  equal(Number(await page.getAttribute('[data-customers-total]', 'data-customers-total')), answers.retention.cohorts[0].size, 'total');
  await page.keyboard.press('Escape');
  await page.waitForSelector('[data-customers-total]', { state: 'detached' });
});

await check('another period is another question, in the address too', async () => {
  await page.locator('[data-panel="question"]').getByRole('combobox', { name: 'By', exact: true }).click();
  await page.getByRole('option', { name: 'Quarter', exact: true }).click();
  await page.waitForFunction(() => location.search.includes('period=quarter'));
  await settled(page);
  equal(answers.retention.question.period, 'quarter', 'period asked');
  await page.goBack();
  await settled(page);
});

await check('an unknown event is an empty answer with a warning', async () => {
  await page.goto(`${url}/retention?start=${encodeURIComponent(JSON.stringify({ event: 'oder' }))}`);
  await settled(page);
  holds((await page.textContent('[data-state="warning"]')).includes('oder'), 'no warning');
  await page.goto(`${url}/`);
  await settled(page);
});

await check('an export is a file of the answer', async () => {
  await page.locator('[data-panel="triangle"]').getByRole('button', { name: 'Export' }).click();
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name: /Table as CSV/ }).click()]);
  holds(file.suggestedFilename().endsWith('.csv'), file.suggestedFilename());
  holds(readFileSync(await file.path(), 'utf8').trim().length > 0, 'the file is empty');
  await page.keyboard.press('Escape');
});

await check('imports are listed with their counts', async () => {
  await page.getByRole('link', { name: 'Imports' }).first().click();
  await settled(page);
  const read = await page.locator('[data-count="read"]').count();
  const { n_events: n } = await catalog();
  holds(n === 0 || read > 0 || (await page.textContent('main')).includes('No imports yet'), 'no import is listed');
  await page.goto(`${url}/`);
  await settled(page);
});

// On a page of its own: what a server refuses, the browser notes as trouble.
await check('every kind of question has a page with its answer, tables and pictures, or the reason why not', async () => {
  const { page: own, trouble: noted, close: leave } = await browser.open({ path: '/' });
  const kinds = await (await fetch(`${url}/api/v1/insights`)).json();
  holds(kinds.length > 1, 'no kinds');
  for (const { kind, title, sample } of kinds) {
    await own.goto(`${url}/`);
    await settled(own);
    await own.locator('[data-kinds]:visible').click();
    await own.getByRole('menuitem', { name: title }).first().click();
    await own.waitForSelector(`[data-answer="${kind}"], [data-panel="answer"] [data-state="refused"]`, { timeout: 60_000 });
    await settled(own);
    equal(JSON.stringify(JSON.parse(await own.inputValue('[data-question]'))), JSON.stringify(sample), `${kind}: the question`);
    const reply = await fetch(`${url}/api/v1/insights/${kind}?format=presentation`, { method: 'POST', body: JSON.stringify(sample) });
    const wanted = await reply.json();
    if (reply.status === 422) await isRefused(own, kind, wanted.refused);
    else await isAnswered(own, kind, wanted);
  }
  equal(noted.filter((one) => !one.includes('422')).join('; '), '', 'trouble');
  await leave();
});

/** Ten orders are too few for a model: the page says so, and what to do. */
async function isRefused(own, kind, { code, reason, hint }) {
  holds(isEmpty, `${kind} is refused on the sample company: ${reason}`);
  const text = await own.textContent('[data-panel="answer"] [data-state="refused"]');
  for (const part of [reason, hint, code]) holds(text.includes(part), `${kind}: \`${text}\` does not say \`${part}\``);
}

async function isAnswered(own, kind, wanted) {
  const [first] = wanted.tables;
  const heads = await own.$$eval('[data-table] thead th', (all) => all.map((one) => one.textContent));
  // A table without rows says so in its place, and the answer says why.
  const wantedHeads = first.rows.length ? first.columns.map((one) => one.name) : [];
  equal(heads.join('|'), wantedHeads.join('|'), `${kind}: headings`);
  holds(isEmpty || first.rows.length > 0, `${kind} has no rows on the sample company`);
  equal(await own.locator('[data-table] tbody tr').count(), Math.min(200, first.rows.length), `${kind}: rows`);
  equal(await own.locator('[data-picture]').count(), wanted.n_pictures, `${kind}: pictures`);
  for (const width of await own.$$eval('[data-picture]', (all) => all.map((one) => one.naturalWidth))) holds(width > 100, `${kind}: a picture ${width} wide`);
  const said = await own.textContent('[data-definition]');
  equal(said, wanted.definition.en.replace(wanted.question.as_of, said.match(/\d{4}-\d\d-\d\dT[^ ]*Z/)?.[0] ?? ''), `${kind}: definition`);
}

await page.goto(`${url}/`);
await settled(page);

// On a page of its own: what a server refuses, the browser notes as trouble.
await check('what is wrong with a question stands at its field, and the mended one lives in the address', async () => {
  const { page: own, close: leave } = await browser.open({ path: '/insights/retention' });
  await settled(own);
  await own.fill('[data-question]', '{"period": "month"');
  await own.click('[data-ask]');
  holds((await own.textContent('.mantine-Textarea-error')).includes('JSON'), 'no word about JSON');
  await own.fill('[data-question]', '{"period": "fortnight"}');
  await own.click('[data-ask]');
  await own.waitForFunction(() => document.querySelector('.mantine-Textarea-error')?.textContent.length > 10);
  await own.fill('[data-question]', '{"period": "quarter", "start": {"event": "oder"}}');
  await own.click('[data-ask]');
  await own.waitForSelector('[data-state="warning"]');
  await own.reload();
  await settled(own);
  equal(JSON.parse(await own.inputValue('[data-question]')).period, 'quarter', 'period after a reload');
  await leave();
});

await check('a refusal and a warning speak Chinese on the Chinese page', async () => {
  const view = await browser.open({ language: 'zh-CN', path: `/insights/retention?question=${encodeURIComponent(JSON.stringify({ start: { event: 'oder' } }))}` });
  await settled(view.page);
  holds(/没有名为“oder”的事件/.test(await view.page.textContent('[data-state="warning"]')), 'the warning is not Chinese');
  await view.page.locator('details > summary').click();
  const terms = await view.page.$$eval('details dd', (all) => all.map((one) => one.textContent));
  equal(terms.filter((text) => /[a-z]{5,}/.test(text.replace('Wilson', ''))).join(' | '), '', 'English terms of the definition');
  const heads = await view.page.$$eval('[data-answer] [role="tab"], [data-table] thead th', (all) => all.map((one) => one.textContent));
  equal(heads.filter((text) => /[a-z]{3,}/.test(text)).join(' | '), '', 'English headings');
  const refused = encodeURIComponent(JSON.stringify({ period: 'hour', from: '0001-01-01', to: '2024-01-01' }));
  await view.page.goto(`${url}/insights/retention?question=${refused}`);
  await view.page.waitForSelector('[data-state="refused"]');
  const text = await view.page.textContent('[data-state="refused"]');
  holds(text.includes('三角会过大') && text.includes('请选择'), text);
  await view.close();
});

await check('the page speaks Chinese', async () => {
  await page.getByRole('button', { name: 'Language' }).click();
  await page.getByRole('menuitem', { name: '简体中文' }).click();
  await page.waitForFunction(() => document.documentElement.lang === 'zh-CN');
  const text = await page.textContent('main');
  holds(text.includes('客户留存率') && text.includes('留存三角') && text.includes(answers.retention.definition.zh), 'headings or definition are not Chinese');
  const english = () => page.$$eval('main h1, main h2, main label, main thead th, nav a', (all) => all.map((one) => one.textContent.trim()).filter((words) => /[a-z]{4,}/.test(words)));
  // The form is drawn a moment after the headings.
  let own = await english();
  for (let tries = 0; own.length > 0 && tries < 50; tries += 1) {
    await page.waitForTimeout(100);
    own = await english();
  }
  equal(own.join(', '), '', 'English words left');
  await page.reload();
  await settled(page);
  equal(await page.evaluate(() => document.documentElement.lang), 'zh-CN', 'language after a reload');
});

await check('nothing went wrong in the browser', () => equal(trouble.join('; '), '', 'trouble'));
await close();

await checkDashboards({ browser, check, equal, holds, url });
await checkSegments({ browser, check, equal, holds, url, cell: opened });
await checkModels({ browser, check, equal, holds, isSmall: isEmpty });

// ── Every size, ground and language ───────────────────────────────────────────────────────────

for (const [width, height] of [[1440, 900], [390, 844], [360, 740]]) {
  for (const scheme of ['light', 'dark']) {
    for (const language of ['en-GB', 'zh-CN']) {
      const name = `${width}-${scheme}-${language.slice(0, 2)}`;
      await check(`fits: ${name}`, async () => {
        for (const path of ['/', '/crr', '/dashboards', '/dashboards/overview', '/segments', '/models', '/models?train=churn_risk', '/imports', '/insights/retention', '/insights/crr']) {
          const view = await browser.open({ width, height, scheme, language, path });
          await settled(view.page);
          const { wide, cut } = await view.page.evaluate(() => ({
            wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
            cut: [...document.querySelectorAll('main h1, main h2, main button, main label, main dd, main p')]
              .filter((one) => one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).overflow !== 'visible' && one.clientWidth > 0)
              .map((one) => one.textContent.slice(0, 30)),
          }));
          if (shots && width !== 360) await view.page.screenshot({ path: join(shots, `${path === '/' ? 'overview' : path.slice(1).replaceAll(/\W+/g, '-')}-${name}.png`), fullPage: true });
          await view.close();
          equal(wide, 0, `${path}: pixels beyond the right edge`);
          equal(cut.join(' | '), '', `${path}: text cut off`);
          equal(view.trouble.join('; '), '', `${path}: trouble`);
        }
      });
    }
  }
}

await browser.close();
console.log(`\n${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
