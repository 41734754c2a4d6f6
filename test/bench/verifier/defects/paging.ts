/** What goes wrong in connectors for REST sources where listings have pages and parents. */
import type { Defect } from "../defect.ts";

/** Pages: where a listing begins, goes on and ends. */
const PAGING: Defect[] = [
  {
    connector: "rest cursor",
    what: "drops the last page",
    when: "a listing has more than one page",
    file: "api.py",
    from: '            yield page\n            cursor = value_at(body, PAGING.next)\n            if cursor is None or cursor == "":\n                return\n',
    to: '            cursor = value_at(body, PAGING.next)\n            if cursor is None or cursor == "":\n                return\n            yield page\n',
  },
  {
    connector: "rest cursor",
    what: "takes a short page for the last one",
    when: "a page in the middle is empty or holds fewer records than were asked for",
    file: "api.py",
    from: "            yield page\n            cursor = value_at(body, PAGING.next)\n",
    to: '            yield page\n            if len(page) < int(params["limit"]):\n                return\n            cursor = value_at(body, PAGING.next)\n',
  },
  {
    connector: "rest cursor",
    what: "forgets the filter on the pages after the first",
    when: "more than a page has changed since the last sync",
    file: "api.py",
    from: "            asked = {**params, param: cursor}",
    to: '            asked = {"limit": params["limit"], param: cursor}',
  },
  {
    connector: "rest cursor",
    what: "reads for ever where a source gives the same cursor again and again",
    when: "a source ignores the cursor",
    file: "api.py",
    from: "            if cursor in seen:",
    to: "            if cursor in seen and not page:",
  },
  {
    connector: "rest pages",
    what: "stops one page early",
    when: "a listing has more than one page",
    file: "api.py",
    from: ">= int(total):",
    to: ">= int(total) - 1:",
  },
  {
    connector: "rest pages",
    what: "begins with the second page",
    when: "a listing has more than one page",
    file: "reading.py",
    from: 'param="page", first=1',
    to: 'param="page", first=2',
  },
  {
    connector: "rest offset",
    what: "moves the offset by one record too many",
    when: "a listing has more than one page",
    file: "api.py",
    from: "offset, previous = offset + len(page), page",
    to: "offset, previous = offset + len(page) + 1, page",
  },
  {
    connector: "rest offset",
    what: "moves the offset by what it asked for, not by what came",
    when: "the source sends fewer records than it was asked for",
    file: "api.py",
    from: "offset, previous = offset + len(page), page",
    to: 'offset, previous = offset + int(params["limit"]), page',
  },
  {
    connector: "rest session",
    what: "takes a short page for the last one",
    when: "a page in the middle holds fewer records than were asked for",
    file: "api.py",
    from: "            if not page:\n                return\n            number, previous",
    to: '            if len(page) < int(params["n"]):\n                return\n            number, previous',
  },
  {
    connector: "rest children",
    what: "never follows the Link header",
    when: "a listing has more than one page",
    file: "api.py",
    from: '            link = links.get(PAGING.rel, {}).get("url")',
    to: '            link = links.get("more", {}).get("url")',
  },
  {
    connector: "rest cursor",
    what: "takes an answer without a list for an empty one",
    when: "the source answers an error with the status 200",
    file: "api.py",
    from: "    found = value_at(body, path, MISSING)",
    to: "    found = value_at(body, path)",
  },
  {
    connector: "rest cursor",
    what: "takes what is no JSON for an empty answer",
    when: "a page of HTML comes with the status 200, or an answer breaks off",
    file: "api.py",
    from: "    return response.json(parse_float=Decimal)",
    to: '    try:\n        return response.json(parse_float=Decimal)\n    except ValueError:\n        return {"data": []}',
  },
];

/** Tables that are listed per row of another. */
const PARENTS: Defect[] = [
  {
    connector: "rest oauth",
    what: "loses the children of all parents but those of the first page",
    when: "the parents fill more than one page",
    file: "reading.py",
    from: "            yield values\n\n\ndef unless_gone",
    to: "            yield values\n        return\n\n\ndef unless_gone",
  },
  {
    connector: "rest oauth",
    what: "leaves the parent out of the key",
    when: "children of two parents have the same id",
    file: "reading.py",
    from: 'primary_key=("fleet_id", "id"),',
    to: 'primary_key=("id",),',
  },
  {
    connector: "rest oauth",
    what: "skips the children of a parent for whatever goes wrong with them",
    when: "the listing of a parent's children is refused",
    file: "reading.py",
    from: "        if error.status != 404 or not parent:",
    to: "        if not parent:",
  },
  {
    connector: "rest children",
    what: "keeps one cursor for all parents",
    when: "the children of one parent changed later than those of another",
    file: "reading.py",
    from: "        key = parent_key(parent)\n",
    to: '        key = "all"\n',
  },
  {
    connector: "rest children",
    what: "asks only for children of parents it has not seen before",
    when: "children of a known parent change",
    file: "reading.py",
    from: "        seen.add(key)\n        pages",
    to: "        seen.add(key)\n        if key in cursors:\n            continue\n        pages",
  },
];

export const PAGING_DEFECTS: Defect[] = [...PAGING, ...PARENTS];
