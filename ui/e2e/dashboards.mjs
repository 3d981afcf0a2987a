// Dashboards as their reader meets them: the built-in one, then one of their own from a file and back.
import { readFileSync } from 'node:fs';
import { settled } from './browser.mjs';

export async function checkDashboards({ browser, check, equal, holds, url }) {
  const { page, trouble, close } = await browser.open({ path: '/dashboards' });
  const runs = [];
  page.on('request', (request) => {
    if (/\/dashboards\/.*\/run\?/.test(request.url())) runs.push(request.postData());
  });
  await settled(page);

  await check('the overview shows eight tiles of one request, none without a picture or a reason', async () => {
    await page.click('[data-card="overview"] a');
    await page.waitForSelector('[data-dashboard="overview"]', { timeout: 60_000 });
    await settled(page);
    equal(await page.locator('[data-tile]').count(), 8, 'tiles');
    const drawn = await page.$$eval('[data-tile] img[data-picture]', (all) => all.filter((one) => one.complete && one.naturalWidth > 100).length);
    const said = await page.locator('[data-tile] table, [data-tile][data-state="trouble"]').count();
    holds(drawn + said >= 8 && drawn >= 5, `${drawn} pictures, ${said} tables or reasons`);
    equal(runs.length, 1, 'requests');
  });

  await check('a population in the address is that of every tile that has none of its own', async () => {
    await page.goto(`${url}/dashboards/overview?population=buyers`);
    await settled(page);
    equal(runs.at(-1), '{"population":"buyers"}', 'what was asked');
    const link = await page.getAttribute('[data-tile="lifecycle"] a', 'href');
    const question = JSON.parse(new URL(link, url).searchParams.get('question'));
    equal(question.population, 'buyers', 'population of the question');
    equal(question.as_of, undefined, 'the clock of the run');
    await page.click('[data-tile="lifecycle"] a');
    await page.waitForSelector('[data-answer="lifecycle"]', { timeout: 60_000 });
  });

  await check('exported, renamed and imported, a dashboard stands beside the overview, and goes again', async () => {
    await page.goto(`${url}/dashboards/overview`);
    await settled(page);
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('[data-export-yaml]')]);
    const yaml = readFileSync(await download.path(), 'utf8');
    holds(yaml.includes('kind: retention'), yaml.slice(0, 200));
    const mine = yaml.replace('name: overview', 'name: mine').replace('en: Overview', 'en: My own');
    const file = { name: 'mine.yaml', mimeType: 'application/yaml', buffer: Buffer.from(mine) };
    await page.goto(`${url}/dashboards`);
    await settled(page);
    await page.setInputFiles('[data-dashboard-file]', file);
    await page.waitForSelector('[data-card="mine"]');
    await page.setInputFiles('[data-dashboard-file]', file);
    await page.waitForSelector('[data-state="taken"]');
    await page.click('[data-state="taken"] button:last-of-type');
    await page.getByRole('button', { name: 'Delete “My own”' }).click();
    await page.click('[data-delete]');
    await page.waitForSelector('[data-card="mine"]', { state: 'detached' });
  });

  // A name that is taken is a request that fails, and the browser says so.
  const other = trouble.filter((one) => !one.includes('409'));
  await check('nothing went wrong in the browser on dashboards', () => equal(other.join('; '), '', 'trouble'));
  await close();
}
