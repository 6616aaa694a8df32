/**
 * What every operation does in every state: the table of the contract, word for word.
 *
 * E:x rejects with reason x; L is the reason that was latched; "end" is `null`, or E:unexpected-end with `partial`. Rows
 * that the contract writes as one are split where there are two things to see.
 */
const TABLE = `
|                                 | open        | read-ended          | write-ended  | ended     | closing             | lost                 | cut                 |
| read, enough at hand            | value       | value               | value        | value     | E:closed            | value                | E:L                 |
| read, not enough                | waits       | end                 | waits        | end       | E:closed            | E:L with partial     | E:L                 |
| read, nothing at hand           | waits       | end                 | waits        | end       | E:closed            | E:L                  | E:L                 |
| read pending on entry           | –           | end                 | waits        | end       | E:closed            | E:L with partial     | E:L                 |
| read pending, enough arrives    | –           | value               | value        | value     | E:closed            | value                | E:L                 |
| tryRead…, enough at hand        | value       | value               | value        | value     | undefined           | value                | undefined           |
| tryRead…, not enough            | undefined   | undefined           | undefined    | undefined | undefined           | undefined            | undefined           |
| write                           | accepted    | accepted            | TypeError    | TypeError | E:closed            | E:L                  | E:L                 |
| write, empty                    | accepted    | accepted            | TypeError    | TypeError | E:closed            | E:L                  | E:L                 |
| drain, the peer does not read   | waits       | waits               | waits        | –         | E:closed            | E:L                  | E:L                 |
| flush, the peer does not read   | waits       | waits               | waits        | –         | E:closed            | E:L                  | E:L                 |
| drain, nothing waits            | resolves    | resolves            | resolves     | resolves  | E:closed            | E:L                  | E:L                 |
| flush, nothing waits            | resolves    | resolves            | resolves     | resolves  | E:closed            | E:L                  | E:L                 |
| closeWrite                      | flush, FIN  | flush, FIN → ended  | same promise | resolved  | close's own         | E:L                  | E:L                 |
| close()                         | → closing   | → closing           | → closing    | outcome   | same promise        | outcome              | outcome             |
| abort()                         | → cut       | → cut               | → cut        | nothing   | → cut               | nothing              | nothing             |
| unread input                    | kept        | kept                | kept         | kept      | discarded, counted  | kept until read      | discarded, counted  |
| closed                          | pending     | pending             | pending      | fulfilled | pending             | fulfilled            | fulfilled           |
| signal                          | quiet       | quiet               | quiet        | aborted   | aborted             | aborted              | aborted             |
`;

/** Where a connection is in its life. */
export type State = "open" | "read-ended" | "write-ended" | "ended" | "closing" | "lost" | "cut";

/** One promise: what this operation does in this state. */
export interface Cell {
  readonly row: string;
  readonly state: State;
  readonly promised: string;
}

function columnsOf(line: string): string[] {
  return line.split("|").slice(1, -1).map((column) => column.trim());
}

const [head = "", ...lines]: string[] = TABLE.trim().split("\n");
const states: State[] = columnsOf(head).slice(1) as State[];

/** Every cell but those that cannot be. */
export const cells: readonly Cell[] = lines.flatMap((line) => {
  const [row = "", ...promises] = columnsOf(line);
  return promises.map((promised, i) => ({ row, state: states[i]!, promised })).filter(({ promised }) =>
    promised !== "–"
  );
});
