import classes from './Models.module.css';

/** Figures under their names; what is not told has no place. */
export function Figures({ rows, isLarge = false }: { rows: (readonly [name: string, text: string | null])[]; isLarge?: boolean }) {
  return (
    <dl className={isLarge ? `${classes.figures} ${classes.large}` : classes.figures}>
      {rows.filter(([, text]) => text !== null).map(([name, text]) => (
        <div key={name}><dt>{name}</dt><dd>{text}</dd></div>
      ))}
    </dl>
  );
}
