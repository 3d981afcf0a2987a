/** Industries we have words for; a band of another one goes by its id. */
import type { Words } from '../../i18n/useWords';

export const INDUSTRIES = ['retail', 'ecommerce', 'fmcg', 'consumer_goods', 'healthcare', 'banking', 'finance', 'telecom', 'technology', 'saas'] as const;

export function industryName(id: string, { t }: Words): string {
  const known = INDUSTRIES.find((one) => one === id);
  return known ? t(`industry.${known}`) : id;
}
