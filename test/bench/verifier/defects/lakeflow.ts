/** What goes wrong in connectors for the other target. */
import type { Defect } from "../defect.ts";

const LAKEFLOW: Defect[] = [
  {
    connector: "rest cursor lakeflow",
    what: "never moves its offset",
    when: "always",
    file: "payments.py",
    from: "        return batch.rows(), offset | batch.sequence_state()",
    to: "        return batch.rows(), start",
  },
  {
    connector: "rest cursor lakeflow",
    what: "never says that rows are gone that say so themselves",
    when: "a row is deleted at the source",
    file: "payments.py",
    from: "        yield [tombstone(table, record) for record in page if is_deleted(table, record)], reached",
    to: "        yield [tombstone(table, record) for record in page if is_deleted(table, record) is None], reached",
  },
  {
    connector: "rest cursor lakeflow",
    what: "forgets the lookback",
    when: "a row arrives late",
    file: "reading.py",
    from: ", overlap=timedelta(minutes=2)),",
    to: "),",
  },
  {
    connector: "rest cursor lakeflow",
    what: "takes the end of a micro-batch for the end of the table",
    when: "a table has more rows than a micro-batch",
    file: "payments.py",
    from: "                    at_end = False\n                    break\n",
    to: "                    break\n",
  },
  {
    connector: "rest cursor lakeflow",
    what: "numbers all versions of a row alike",
    when: "a row changes",
    file: "payments.py",
    from: "        self._sequence = max(self._sequence + 1, time_ns() // 1000)\n",
    to: "        self._sequence = 1\n",
  },
  {
    connector: "rest feed lakeflow",
    what: "never reads the list of deleted rows",
    when: "a row is deleted at the source",
    file: "contact_book.py",
    from: "    for page, reached in read_deletes(client, table, saved):\n",
    to: "    for page, reached in [([], saved)]:\n",
  },
  {
    connector: "rest feed lakeflow",
    what: "names a key that is none",
    when: "two records have the same name",
    file: "contact_book.py",
    from: '        "primary_keys": ["id"],',
    to: '        "primary_keys": ["name"],',
  },
  {
    connector: "rest ledger lakeflow",
    what: "keeps one of several rows that are alike",
    when: "a table without a key has rows that are alike",
    file: "ledger_export.py",
    from: "        seen[digest] += 1\n",
    to: "        if seen[digest]:\n            continue\n        seen[digest] += 1\n",
  },
  {
    connector: "rest ledger lakeflow",
    what: "reads large integers by way of floats",
    when: "an integer is beyond 2^53",
    file: "schemas.py",
    from: "    if isinstance(value, int) and not isinstance(value, bool):\n        return value\n",
    to: "    if isinstance(value, int) and not isinstance(value, bool):\n        return int(float(value))\n",
  },
  {
    connector: "graphql shop lakeflow",
    what: "leaves out the further pages of nested lists",
    when: "a record has more nested records than come with it",
    file: "reading.py",
    from: "    yield from pages(client, table.name, inner.more, {key: record[name]}, answer)",
    to: "    del key, name\n    yield page_of(table.name, inner.more.paging, answer)",
  },
];

export const LAKEFLOW_DEFECTS: Defect[] = [...LAKEFLOW];
