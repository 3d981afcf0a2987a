/** Draws a retention answer: the triangle, then the curve, each over its definition. */
import { Stack, Switch } from '@mantine/core';
import { useMemo } from 'react';
import type { Cohort, RetentionAnswer, RetentionCell } from '../../api/types';
import { useScheme } from '../../components/chartStyle';
import { DefinitionNote } from '../../components/DefinitionNote';
import { ExportMenu } from '../../components/ExportMenu';
import { ShowSql } from '../../components/ShowSql';
import { LazyChart } from '../../components/LazyChart';
import { Panel } from '../../components/Panel';
import { useWords } from '../../i18n/useWords';
import { curveLines, curveOption, firstColumn } from './curve';
import { isBrokenDown } from './figures';
import { columnsTitle, Triangle } from './Triangle';

export function RetentionView({ answer, currency, lines, onLines, onCell }: {
  answer: RetentionAnswer;
  currency: string | null;
  lines: boolean;
  onLines: (lines: boolean) => void;
  onCell: (cohort: Cohort, cell: RetentionCell) => void;
}) {
  const { t } = useWords();
  const hasMean = answer.question.value === null && answer.question.share !== 'absolute';
  return (
    <Stack gap="md">
      <Panel id="triangle" title={t('retention.triangle')} note={t(isBrokenDown(answer) ? 'retention.groups_note' : 'retention.triangle_note')}
        tools={<><ShowSql kind="retention" question={answer.question} /><ExportMenu kind="retention" question={answer.question} /></>}>
        <Triangle answer={answer} currency={currency} onCell={onCell} />
        <DefinitionNote definition={answer.definition} />
      </Panel>
      <Panel id="curve" title={t('retention.curve')} note={firstColumn(answer) === 1 ? t('retention.curve_note') : undefined}
        tools={(
          <>
            {hasMean ? <Switch size="sm" checked={lines} onChange={(event) => onLines(event.currentTarget.checked)} label={t('retention.cohort_lines')} /> : null}
            <ExportMenu kind="retention" question={answer.question} picture="curve" />
          </>
        )}>
        <Curve answer={answer} currency={currency} withCohorts={lines} />
        <DefinitionNote definition={answer.definition} />
      </Panel>
    </Stack>
  );
}

function Curve({ answer, currency, withCohorts }: { answer: RetentionAnswer; currency: string | null; withCohorts: boolean }) {
  const words = useWords();
  const scheme = useScheme();
  const [option, label] = useMemo(() => {
    const lines = curveLines(answer, currency, withCohorts, words);
    const said = lines.slice(0, 3).map((line) => `${line.name}: ${line.points.map((point) => point.text).join(', ')}`);
    return [
      curveOption(answer, lines, currency, columnsTitle(answer, words), scheme, words),
      `${words.t('retention.curve')}. ${said.join('; ')}`,
    ] as const;
  }, [answer, currency, withCohorts, scheme, words]);
  return <LazyChart option={option} height={300} label={label} />;
}
