/**
 * Routes: what an address means. Each hands the part of its search that it understands to one page
 * and writes it back. The router lets unknown keys through, so the search is read by our guards.
 */
import { createRootRoute, createRoute, createRouter } from '@tanstack/react-router';
import { CrrPage } from '../insights/crr/page';
import * as crr from '../insights/crr/question';
import { RetentionPage } from '../insights/retention/page';
import * as retention from '../insights/retention/question';
import { decode, isObject } from '../lib/decode';
import { ImportsPage } from '../pages/imports/page';
import { OverviewPage, type OverviewSearch } from '../pages/overview/page';
import { Lost } from './Lost';
import { Shell } from './Shell';

type Raw = Record<string, unknown>;

const readRetention = (raw: Raw): retention.RetentionSearch => decode(retention.SHAPE, raw);
const readCrr = (raw: Raw): crr.CrrSearch => decode(crr.SHAPE, raw);
const readOverview = (raw: Raw): OverviewSearch => ({ ...readRetention(raw), ...(isObject(raw.crr) ? { crr: readCrr(raw.crr) } : {}) });
const readImports = (raw: Raw): { letters?: string } => (typeof raw.letters === 'string' ? { letters: raw.letters } : {});

const root = createRootRoute({ component: Shell, notFoundComponent: Lost });

const overview = createRoute({
  getParentRoute: () => root,
  path: '/',
  validateSearch: readOverview,
  component: function Overview() {
    const navigate = overview.useNavigate();
    return <OverviewPage search={readOverview({ ...overview.useSearch() })} onSearch={(search) => void navigate({ search, resetScroll: false })} />;
  },
});

const retentionRoute = createRoute({
  getParentRoute: () => root,
  path: '/retention',
  validateSearch: readRetention,
  component: function Retention() {
    const navigate = retentionRoute.useNavigate();
    return <RetentionPage search={readRetention({ ...retentionRoute.useSearch() })} onSearch={(search) => void navigate({ search, resetScroll: false })} />;
  },
});

const crrRoute = createRoute({
  getParentRoute: () => root,
  path: '/crr',
  validateSearch: readCrr,
  component: function Crr() {
    const navigate = crrRoute.useNavigate();
    return <CrrPage search={readCrr({ ...crrRoute.useSearch() })} onSearch={(search) => void navigate({ search, resetScroll: false })} />;
  },
});

const imports = createRoute({
  getParentRoute: () => root,
  path: '/imports',
  validateSearch: readImports,
  component: function Imports() {
    const navigate = imports.useNavigate();
    const { letters } = readImports({ ...imports.useSearch() });
    return <ImportsPage letters={letters ?? null} onLetters={(id) => void navigate({ search: id ? { letters: id } : {}, resetScroll: false })} />;
  },
});

export const router = createRouter({
  routeTree: root.addChildren([overview, retentionRoute, crrRoute, imports]),
  defaultPreload: false,
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register { router: typeof router }
}
