/** Industries a band is quoted for; a server with others of its own names them in the catalog. */
import type { Words } from '../../i18n/useWords';

export const INDUSTRIES = ['retail', 'ecommerce', 'consumer_goods', 'healthcare', 'banking', 'finance', 'telecom', 'technology', 'saas'] as const;

export function industryName(id: string, { t }: Words): string {
  const known = INDUSTRIES.find((one) => one === id);
  return known ? t(`industry.${known}`) : id;
}
