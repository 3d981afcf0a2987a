/** How an answer is computed, in SQL, as the server gives it in the field `explain`. */

/** What stands in the way and how to mend it. */
interface Reason { reason: string; hint: string }

export interface Explained {
  /** What attaches DuckDB to the lake. */
  attach: string;
  /** Which rows of the answer each gives, and its text. */
  statements: { rows: string; sql: string }[];
  /** Why there is none. */
  reason?: Record<'en' | 'zh', Reason>;
}

/** All of it as one text to be pasted. */
export function script({ attach, statements }: Explained): string {
  const each = statements.map(({ rows, sql }) => `-- ${rows}\n${sql};\n`);
  return [`${attach}\n`, ...each].join('\n');
}
