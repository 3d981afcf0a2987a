import type { ReactNode } from 'react';
import classes from './Panel.module.css';

/** A titled surface; its tools stand at the right and wrap below on a narrow screen. */
export function Panel({ title, note, tools, children, id }: {
  title: string; note?: ReactNode; tools?: ReactNode; children: ReactNode; id?: string;
}) {
  return (
    <section className={classes.panel} aria-label={title} data-panel={id}>
      <div className={classes.head}>
        <div style={{ minWidth: 0 }}>
          <h2 className={classes.title}>{title}</h2>
          {note ? <div className={classes.note}>{note}</div> : null}
        </div>
        {tools ? <div className={classes.tools}>{tools}</div> : null}
      </div>
      {children}
    </section>
  );
}
