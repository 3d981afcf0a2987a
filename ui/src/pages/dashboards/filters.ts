/** What the address of a dashboard says: filters over those of the dashboard, for this reader. */
import type { DashboardFilters, Population, RanDashboard, RanTile } from '../../api/types';
import { POPULATIONS } from '../../insights/retention/question';
import { isDate, isOneOf, isText, type Shape } from '../../lib/decode';
import type { Question } from '../insight/text';

export interface DashboardSearch {
  from?: string;
  to?: string;
  population?: Population;
  /** Name of a segment. */
  segment?: string;
}

export const SHAPE: Shape<Required<DashboardSearch>> = { from: isDate, to: isDate, population: isOneOf(...POPULATIONS), segment: isText };

/** As the server wants them; what the address does not say is the dashboard's. */
export function given({ segment, ...rest }: DashboardSearch): DashboardFilters {
  return { ...rest, ...(segment ? { who: { segment } } : {}) };
}

/** With these changes; `null` leaves a filter to the dashboard again. */
export function changed(search: DashboardSearch, patch: { [K in keyof DashboardSearch]: DashboardSearch[K] | null }): DashboardSearch {
  return Object.fromEntries(Object.entries({ ...search, ...patch }).filter(([, value]) => value !== null && value !== undefined && value !== ''));
}

/** The name of a segment that `who` is about, where it is one and nothing else. */
export function segmentOf(who: unknown): string | null {
  const name = typeof who === 'object' && who !== null && 'segment' in who ? who.segment : null;
  return typeof name === 'string' ? name : null;
}

/** A tile's question for its own page: the clock of this run is not part of it. */
export function ownQuestion(tile: RanTile, ran: RanDashboard): Question {
  const { as_of: asOf, ...rest } = tile.question as Question;
  return asOf === undefined || (asOf === ran.as_of && !ran.filters.as_of) ? rest : { as_of: asOf, ...rest };
}
