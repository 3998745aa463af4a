// Pictures of the pages, for a person to look at.
import { mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { settled } from './waiting.mjs';

const looks = { light: {}, dark: { colorScheme: 'dark' }, narrow: { viewport: { width: 390, height: 900 } } };

// Each finding of the report, as tall as it is: the pane that scrolls is made to show all of itself.
export async function takePictures(browser, name, folder) {
  mkdirSync(folder, { recursive: true });
  for (const [look, options] of Object.entries(looks)) {
    const { page, close } = await browser.open(name, options);
    const entries = page.locator('.entry');
    const number = await entries.count();
    for (let i = 0; i < Math.max(1, number); ++i) {
      if (number) await entries.nth(i).click();
      await settled(page);
      const { width } = page.viewportSize();
      const hidden = await page.evaluate(() => {
        const main = document.querySelector('main');
        return main ? main.scrollHeight - main.clientHeight : 0;
      });
      await page.setViewportSize({ width, height: Math.min(8000, page.viewportSize().height + hidden) });
      await settled(page);
      await page.screenshot({ path: join(folder, `${basename(name, '.html')}_${look}_${i}.png`), fullPage: true });
      await page.setViewportSize({ width, height: 900 });
    }
    if (look === 'light') await page.pdf({ path: join(folder, `${basename(name, '.html')}_print.pdf`), format: 'A4' });
    await close();
  }
}
