/** The question in fields: what most ask in one line, everything else one click away. */
import { Button, Collapse, UnstyledButton } from '@mantine/core';
import { useDisclosure, useMediaQuery } from '@mantine/hooks';
import { IconAdjustmentsHorizontal, IconChevronDown, IconRefresh } from '@tabler/icons-react';
import type { Catalog, RetentionQuestion } from '../../../api/types';
import { BreakdownPicker } from '../../../components/controls/Breakdowns';
import { EventPicker } from '../../../components/controls/EventPicker';
import { Choice, DateRange, NumberField } from '../../../components/controls/Fields';
import classes from '../../../components/controls/Controls.module.css';
import panel from '../../../components/Panel.module.css';
import { useWords } from '../../../i18n/useWords';
import { eventsOf, MAX_PERIODS, nChangedOptions, POPULATIONS, type RetentionSearch } from '../question';
import { MoreOptions } from './MoreOptions';
import { PeriodPicker } from './PeriodPicker';

export interface ControlsProps {
  question: RetentionQuestion;
  base: RetentionQuestion;
  catalog: Catalog;
  onChange: (patch: RetentionSearch) => void;
}

export function RetentionControls({ onReset, isChanged, ...props }: ControlsProps & { onReset: () => void; isChanged: boolean }) {
  const { t } = useWords();
  const isNarrow = useMediaQuery('(max-width: 760px)', false, { getInitialValueInEffect: false });
  const [shown, { toggle: toggleShown }] = useDisclosure(false);
  const [more, { toggle: toggleMore }] = useDisclosure(false);
  const n = nChangedOptions(props.question, props.base);
  return (
    <section className={panel.panel} aria-label={t('controls.question')} data-panel="question">
      {isNarrow ? <Summary question={props.question} open={shown} onToggle={toggleShown} /> : null}
      <Collapse expanded={!isNarrow || shown}>
        <div style={isNarrow ? { marginTop: 14 } : undefined}>
          <Primary {...props} />
          <div className={classes.foot}>
            <Button size="compact-sm" variant={more ? 'light' : 'subtle'} onClick={toggleMore} aria-expanded={more}
              leftSection={<IconAdjustmentsHorizontal size={16} />}>
              {n ? t('controls.more_changed', { n }) : t('controls.more')}
            </Button>
            {isChanged ? (
              <Button size="compact-sm" variant="subtle" color="gray" leftSection={<IconRefresh size={15} />} onClick={onReset}>{t('controls.reset')}</Button>
            ) : null}
          </div>
          <Collapse expanded={more}><MoreOptions {...props} /></Collapse>
        </div>
      </Collapse>
    </section>
  );
}

/** On a narrow screen the question folds into one line. */
function Summary({ question, open, onToggle }: { question: RetentionQuestion; open: boolean; onToggle: () => void }) {
  const { t } = useWords();
  const events = (filter: RetentionQuestion['start']) => eventsOf(filter).join(', ') || t('controls.any_event');
  const period = typeof question.period === 'string' ? t(`period.${question.period}`) : t('period.brackets');
  return (
    <UnstyledButton className={classes.summary} onClick={onToggle} aria-expanded={open}>
      <span style={{ flex: 1, minWidth: 0, overflowWrap: 'anywhere' }}>
        {`${events(question.start)} → ${events(question.return)} · ${period} × ${question.periods ?? ''} · ${t(`population.${question.population}`)}`}
      </span>
      <IconChevronDown size={18} style={{ transform: open ? 'rotate(180deg)' : undefined }} aria-hidden />
    </UnstyledButton>
  );
}

function Primary({ question, catalog, onChange }: ControlsProps) {
  const { t } = useWords();
  const isBracketed = typeof question.period !== 'string';
  return (
    <div className={classes.primary}>
      <div className={classes.wide}><EventPicker label={t('controls.start')} value={question.start} catalog={catalog} onChange={(start) => onChange({ start })} /></div>
      <div className={classes.wide}><EventPicker label={t('controls.return')} value={question.return} catalog={catalog} onChange={(back) => onChange({ return: back })} /></div>
      <PeriodPicker question={question} onChange={onChange} />
      <NumberField label={t('controls.periods')} value={question.periods} min={1} max={MAX_PERIODS} disabled={isBracketed}
        onChange={(periods) => periods !== null && onChange({ periods })} />
      <div className={classes.wide}><DateRange label={t('controls.range')} from={question.from} to={question.to} catalog={catalog} onChange={(from, to) => onChange({ from, to })} /></div>
      <Choice label={t('controls.population')} value={question.population} options={POPULATIONS.map((value) => ({ value, label: t(`population.${value}`) }))}
        onChange={(population) => onChange({ population })} />
      <BreakdownPicker value={question.breakdown} catalog={catalog} onChange={(breakdown) => onChange({ breakdown })} />
    </div>
  );
}
