/** Draws a dashboard: every tile with its picture or table, what it leaves out, the way to its question. */
import { Stack, Text } from '@mantine/core';
import { IconArrowUpRight } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { troubleOf } from '../../api/dashboards';
import type { RanDashboard, RanTile, ShownTile } from '../../api/types';
import { Nothing, Trouble, Warnings } from '../../components/AnswerFrame';
import { DefinitionNote } from '../../components/DefinitionNote';
import { Panel } from '../../components/Panel';
import { useWords } from '../../i18n/useWords';
import { AnyTable } from '../insight/AnyTable';
import classes from './Dashboards.module.css';
import { ownQuestion } from './filters';

export function Tiles({ ran }: { ran: RanDashboard }) {
  return <div className={classes.tiles} data-dashboard={ran.name}>{ran.tiles.map((tile, place) => <Tile key={place} tile={tile} ran={ran} />)}</div>;
}

function Tile({ tile, ran }: { tile: RanTile; ran: RanDashboard }) {
  const { t, language } = useWords();
  const title = tile.title[language];
  const trouble = troubleOf(tile);
  const leftOut = tile.left_out.length ? t('dashboard.left_out', { names: tile.left_out.join(', ') }) : null;
  return (
    <div className={classes.tile} style={{ '--columns': tile.width } as React.CSSProperties} data-tile={tile.kind} data-state={trouble ? 'trouble' : 'answered'}>
      <Panel title={title} note={leftOut} tools={(
        <Link className={classes.open} to="/insights/$kind" params={{ kind: tile.kind }} search={{ question: ownQuestion(tile, ran) }} aria-label={t('dashboard.open_question', { title })}>
          {t('dashboard.question')}<IconArrowUpRight size={15} aria-hidden />
        </Link>
      )}>
        {trouble ? <Trouble error={trouble} /> : null}
        {tile.shown ? <Shown shown={tile.shown} title={title} /> : null}
      </Panel>
    </div>
  );
}

function Shown({ shown: { picture, table, definition, warnings }, title }: { shown: ShownTile; title: string }) {
  return (
    <Stack gap="sm">
      <Warnings warnings={warnings} />
      {picture ? <Drawn svg={picture} title={title} /> : null}
      {table ? <AnyTable table={table} /> : null}
      {!picture && !table ? <Nothing /> : null}
      <DefinitionNote definition={definition} />
    </Stack>
  );
}

/** An image runs no script, whatever a drawing may hold. */
function Drawn({ svg, title }: { svg: string; title: string }) {
  const [address, setAddress] = useState('');
  useEffect(() => {
    const made = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }));
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [svg]);
  if (!address) return null;
  return <div className={classes.picture} role="region" tabIndex={0} aria-label={title}><img src={address} alt={title} data-picture /></div>;
}

/** How many tiles say no, above them all. */
export function Unanswered({ ran }: { ran: RanDashboard }) {
  const { t } = useWords();
  const n = ran.tiles.filter((tile) => troubleOf(tile)).length;
  return n ? <Text size="sm" c="dimmed" data-unanswered={n}>{t('dashboard.unanswered', { n, of: ran.tiles.length })}</Text> : null;
}
