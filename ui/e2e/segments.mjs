// A cell kept as a segment from the page, found again among the segments, asked of, and forgotten.
import { settled } from './browser.mjs';

/** `cell` is one of the triangle's that holds customers: `{ row, index, customers }`. */
export async function checkSegments({ browser, check, equal, holds, url, cell }) {
  const { page, trouble, close } = await browser.open({ path: '/segments' });
  const name = 'came back';
  const kept = async () => (await fetch(`${url}/api/v1/segments`)).json();
  await settled(page);

  await check('without a segment the page says how one comes to be', async () => {
    equal((await kept()).length, 0, 'segments');
    holds((await page.textContent('main')).includes('No segment yet'), 'no word about it');
  });

  await check('the customers of a cell are kept as a segment that holds the same customers', async () => {
    await page.goto(`${url}/retention`);
    await settled(page);
    await page.click(`tr[data-row="${cell.row}"] button[data-index="${cell.index}"]`);
    await page.waitForSelector('[data-customers-total]');
    equal(Number(await page.getAttribute('[data-customers-total]', 'data-customers-total')), cell.customers, 'customers of the cell');
    await page.click('[data-keep]');
    await page.waitForSelector('[data-segment-form] [data-n-customers]', { timeout: 60_000 });
    equal(Number(await page.getAttribute('[data-segment-form] [data-n-customers]', 'data-n-customers')), cell.customers, 'size before it is kept');
    await page.fill('[data-segment-name]', name);
    await page.click('[data-segment-keep]');
    await page.waitForSelector('[data-kept]');
    const [segment] = await kept();
    equal(segment.name, name, 'name on the server');
    equal(segment.condition.answer, 'retention', 'kind of its question');
    const members = await (await fetch(`${url}/api/v1/segments/${encodeURIComponent(name)}/members`)).json();
    equal(members.customers.total, cell.customers, 'members');
    await page.click('[data-kept] a');
    await page.waitForSelector(`[data-segment="${name}"]`);
    holds(page.url().endsWith('/segments/came%20back'), page.url());
  });

  await check('its page says whom it means, lists them, and leads to a question of them alone', async () => {
    await page.waitForSelector('[data-meaning]', { timeout: 60_000 });
    equal(await page.textContent('[data-sentence]'), (await kept())[0].en, 'sentence');
    await page.click('[data-members]');
    await page.waitForSelector('[data-customers-total]');
    equal(Number(await page.getAttribute('[data-customers-total]', 'data-customers-total')), cell.customers, 'customers listed');
    await page.keyboard.press('Escape');
    await page.getByRole('link', { name: 'Ask about them' }).click();
    await page.waitForSelector('[data-answer="retention"]', { timeout: 60_000 });
    holds((await page.textContent('[data-definition]')).includes(name), 'the definition does not name the segment');
  });

  await check('a cell of any kind has the button, and a name that is taken is said at its field', async () => {
    const question = encodeURIComponent(JSON.stringify({ cell: { class: 'champions' } }));
    await page.goto(`${url}/insights/rfm`);
    await settled(page);
    equal(await page.locator('[data-keep]').count(), 0, 'buttons without a cell');
    await page.goto(`${url}/insights/rfm?question=${question}`);
    await page.waitForSelector('[data-answer="rfm"], [data-state="refused"]', { timeout: 60_000 });
    await page.click('[data-keep]');
    await page.waitForSelector('[data-segment-form] [data-n-customers]', { timeout: 60_000 });
    await page.fill('[data-segment-name]', name);
    await page.click('[data-segment-keep]');
    await page.waitForFunction(() => document.querySelector('.mantine-TextInput-error')?.textContent.includes('exists already'));
    equal((await kept()).length, 1, 'segments');
  });

  await check('a segment nobody uses can be deleted', async () => {
    await page.goto(`${url}/segments`);
    await settled(page);
    await page.getByRole('button', { name: `Delete “${name}”` }).click();
    await page.click('[data-delete]');
    await page.waitForSelector(`[data-segment="${name}"]`, { state: 'detached' });
    equal((await kept()).length, 0, 'segments');
  });

  // A name that is taken is a request that fails, and the browser says so.
  await check('nothing went wrong in the browser on segments', () => equal(trouble.filter((one) => !one.includes('409')).join('; '), '', 'trouble'));
  await close();
}
