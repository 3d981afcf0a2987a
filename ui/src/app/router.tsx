/**
 * Routes: what an address means. Each hands the part of its search that it understands to one page
 * and writes it back. The router lets unknown keys through, so the search is read by our guards.
 */
import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { CrrPage } from '../insights/crr/page';
import * as crr from '../insights/crr/question';
import { RetentionPage } from '../insights/retention/page';
import * as retention from '../insights/retention/question';
import { decode, isObject } from '../lib/decode';
import * as dashboards from '../pages/dashboards/filters';
import { DashboardsPage } from '../pages/dashboards/list';
import { DashboardPage } from '../pages/dashboards/page';
import { ImportsPage } from '../pages/imports/page';
import { InsightPage } from '../pages/insight/page';
import type { Question } from '../pages/insight/text';
import * as models from '../pages/models/search';
import { OverviewPage, type OverviewSearch } from '../pages/overview/page';
import { Lost } from './Lost';
import { Shell } from './Shell';

type Raw = Record<string, unknown>;

const readRetention = (raw: Raw): retention.RetentionSearch => decode(retention.SHAPE, raw);
const readCrr = (raw: Raw): crr.CrrSearch => decode(crr.SHAPE, raw);
const readOverview = (raw: Raw): OverviewSearch => ({ ...readRetention(raw), ...(isObject(raw.crr) ? { crr: readCrr(raw.crr) } : {}) });
const readImports = (raw: Raw): { letters?: string } => (typeof raw.letters === 'string' ? { letters: raw.letters } : {});

const readDashboard = (raw: Raw): dashboards.DashboardSearch => decode(dashboards.SHAPE, raw);
const readModels = (raw: Raw): models.ModelsSearch => decode(models.SHAPE, raw);
const readInsight = (raw: Raw): { question?: Question } => (isObject(raw.question) ? { question: raw.question as Question } : {});

// Pages that few readers open arrive when they are opened.
const ModelsPage = lazyRouteComponent(() => import('../pages/models/list'), 'ModelsPage');
const SegmentsPage = lazyRouteComponent(() => import('../pages/segments/list'), 'SegmentsPage');
const SegmentPage = lazyRouteComponent(() => import('../pages/segments/page'), 'SegmentPage');
const ModelPage = lazyRouteComponent(() => import('../pages/models/page'), 'ModelPage');

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

const dashboardList = createRoute({ getParentRoute: () => root, path: '/dashboards', component: DashboardsPage });

const dashboard = createRoute({
  getParentRoute: () => root,
  path: '/dashboards/$name',
  validateSearch: readDashboard,
  component: function Dashboard() {
    const navigate = dashboard.useNavigate();
    const { name } = dashboard.useParams();
    return <DashboardPage key={name} name={name} search={readDashboard({ ...dashboard.useSearch() })} onSearch={(search) => void navigate({ search, resetScroll: false })} />;
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

const insight = createRoute({
  getParentRoute: () => root,
  path: '/insights/$kind',
  validateSearch: readInsight,
  component: function Insight() {
    const navigate = insight.useNavigate();
    const { kind } = insight.useParams();
    const { question } = readInsight({ ...insight.useSearch() });
    return <InsightPage kind={kind} question={question} onQuestion={(next) => void navigate({ search: next ? { question: next } : {}, resetScroll: false })} />;
  },
});

const modelList = createRoute({
  getParentRoute: () => root,
  path: '/models',
  validateSearch: readModels,
  component: function Models() {
    const navigate = modelList.useNavigate();
    return <ModelsPage search={readModels({ ...modelList.useSearch() })} onSearch={(search) => void navigate({ search, resetScroll: false })} />;
  },
});

const model = createRoute({
  getParentRoute: () => root,
  path: '/models/$name',
  component: function Model() {
    const { name } = model.useParams();
    return <ModelPage key={name} called={name} />;
  },
});

const segmentList = createRoute({ getParentRoute: () => root, path: '/segments', component: SegmentsPage });

const segment = createRoute({
  getParentRoute: () => root,
  path: '/segments/$name',
  component: function Segment() {
    const { name } = segment.useParams();
    return <SegmentPage key={name} name={name} />;
  },
});

export const router = createRouter({
  routeTree: root.addChildren([overview, retentionRoute, crrRoute, dashboardList, dashboard, segmentList, segment, modelList, model, insight, imports]),
  defaultPreload: false,
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register { router: typeof router }
}
