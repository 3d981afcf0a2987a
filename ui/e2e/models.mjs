// Models as their reader meets them: none yet, then a backtest, a version, its scores, its end.
import { readFileSync } from 'node:fs';
import { settled } from './browser.mjs';

/** Learning takes its time, the more so in a program that was built for debugging. */
const PATIENCE = { timeout: 300_000 };

/** A data folder with nothing in it. */
export async function checkNoModels({ browser, check, holds }) {
  const { page, trouble, close } = await browser.open({ path: '/models' });
  await check('without events the models say what a model is and lead to the imports', async () => {
    await settled(page);
    const text = await page.textContent('[data-models-empty]');
    holds(/learnt from what customers had done/.test(text), text);
    await page.click('[data-models-empty] a[href="/imports"]');
    await page.waitForSelector('[data-dropzone]');
    holds(trouble.length === 0, trouble.join('; '));
  });
  await close();
}

export async function checkModels({ browser, check, equal, holds, isSmall }) {
  const { page, trouble, close } = await browser.open({ path: '/models' });
  await settled(page);
  await check('without a model one is offered to be trained', async () => {
    await page.click('[data-train-first]');
    await page.waitForFunction(() => location.search.includes('train=churn_risk'));
    await page.fill('[data-question]', '{"horizon_days": 30, "learner": "logistic"}');
    equal(await page.getByRole('textbox', { name: 'Horizon in days' }).inputValue(), '30', 'horizon');
  });
  if (isSmall) await checkRefused({ page, check, holds });
  else await checkWhole({ page, check, equal, holds });
  // What a server refuses is a request that fails, and the browser says so.
  const other = trouble.filter((one) => !(isSmall && one.includes('422')));
  await check('nothing went wrong in the browser on models', () => equal(other.join('; '), '', 'trouble'));
  await close();
}

/** Ten orders teach nothing. */
async function checkRefused({ page, check, holds }) {
  await check('too little to learn from is refused with a way out', async () => {
    await page.click('[data-train-now]');
    await page.waitForSelector('[data-panel="train"] [data-state="refused"]', PATIENCE);
    const text = await page.textContent('[data-panel="train"] [data-state="refused"]');
    holds(text.includes('What to do:'), text);
  });
}

async function checkWhole({ page, check, equal, holds }) {
  await check('a backtest shows figures and pictures, and keeps nothing', async () => {
    await page.click('[data-train-now]');
    await page.waitForSelector('[data-trained="backtest"]', PATIENCE);
    await settled(page);
    holds(/AUC/.test(await page.textContent('[data-trained] [data-panel="report"] dl')), 'no AUC');
    equal(await page.locator('[data-picture-of] svg').count(), 2, 'pictures');
    await page.reload();
    await settled(page);
    equal(await page.locator('[data-model]').count(), 0, 'models');
  });
  await check('what is kept has a page, a card and a document', async () => {
    await page.fill('[data-question]', '{"horizon_days": 30, "learner": "logistic"}');
    await page.getByRole('switch', { name: /Keep it as a version/ }).press('Space');
    await page.fill('[data-model-name]', 'winter');
    await page.click('[data-train-now]');
    await page.waitForSelector('[data-trained="winter@1"]', PATIENCE);
    await page.waitForSelector('[data-model="winter"] [data-in-use="true"]');
    await page.click('[data-see-model]');
    await page.waitForSelector('[data-model-page="winter@1"]');
    const [file] = await Promise.all([page.waitForEvent('download'), page.click('[data-export-model]')]);
    const document = JSON.parse(readFileSync(await file.path(), 'utf8'));
    equal(`${file.suggestedFilename()} ${document.kind}`, 'winter-1.json churn_risk', 'document');
  });
  await check('a scored day has its spread and its place in the list', async () => {
    await page.click('[data-score]');
    await page.click('[data-score-now]');
    const said = page.locator('[data-scored]');
    await said.waitFor(PATIENCE);
    const day = await said.getAttribute('data-scored');
    await page.waitForSelector(`[data-scorings] tr[data-day="${day}"]`);
    await page.keyboard.press('Escape');
  });
  await check('its kind of question is asked with it', async () => {
    const link = await page.getAttribute('[data-ask-with]', 'href');
    equal(new URL(link, page.url()).searchParams.get('question'), '{"model":"winter@1"}', 'question');
  });
  await check('a retired model is seen still and used no more', async () => {
    await page.click('[data-retire]');
    await page.click('[data-retire-version]');
    await page.waitForSelector('[data-ask-with]', { state: 'detached' });
    await page.click('main a[href="/models"]');
    await page.waitForSelector('[data-model="winter"] [data-in-use="false"]');
  });
}
