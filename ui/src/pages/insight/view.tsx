/** An answer of any kind: pictures, tables, and what exactly was computed. */
import { Stack, Tabs } from '@mantine/core';
import type { Presented } from '../../api/types';
import { Warnings } from '../../components/AnswerFrame';
import { DefinitionNote } from '../../components/DefinitionNote';
import { AnyTable } from './AnyTable';
import { Picture } from './Picture';
import type { Question } from './text';

export function AnyAnswer({ kind, answer }: { kind: string; answer: Presented }) {
  const { tables, n_pictures: n } = answer;
  // The question as it was understood, its instant with it: pictures show this answer, not a later one.
  const question = answer.question as Question;
  return (
    <Stack gap="md" data-answer={kind}>
      <Warnings warnings={answer.warnings} />
      {Array.from({ length: n }, (_, place) => <Picture key={place} kind={kind} question={question} place={place} of={n} />)}
      {tables.length ? (
        <Tabs defaultValue="0" key={tables.map((table) => table.name).join()} keepMounted={false}>
          <Tabs.List mb="sm">{tables.map((table, at) => <Tabs.Tab key={at} value={String(at)}>{table.name}</Tabs.Tab>)}</Tabs.List>
          {tables.map((table, at) => <Tabs.Panel key={at} value={String(at)}><AnyTable table={table} /></Tabs.Panel>)}
        </Tabs>
      ) : null}
      <DefinitionNote definition={answer.definition} />
    </Stack>
  );
}
