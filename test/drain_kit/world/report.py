"""The world's stops for people: the table and the chart of docs/drain-kit.md."""

import html

# How a verdict is drawn. A scenario that can't be played with a server leaves its place empty.
COLOURS = {"ok": "#2da44e", "told": "#8ddb9b", "fault": "#e3b341", "LATE": "#d1570a", "LOST": "#cf222e"}
CELL, TITLES, TOP = 24, 190, 120


def _cell(scenario, runs):
    """What was lost in a run on average, or the verdict."""
    lost = scenario["sum"]["lost"]
    if lost:
        return f"**{lost / runs:.1f}** ({scenario['runs_with_losses']}/{runs})"
    verdict = {"LOST": "**lost**", "LATE": "**late**"}.get(scenario["verdict"], scenario["verdict"])
    such = sum(run["verdict"] == scenario["verdict"] for run in scenario["runs"])
    return verdict if such == runs else f"{verdict} ({such}/{runs})"


def _names(columns):
    """Of all scenarios, in the kit's order, whichever server they were left out with."""
    longest = max((column["scenarios"] for column in columns), key=len)
    return list(dict.fromkeys(each["name"] for part in (longest, *(c["scenarios"] for c in columns)) for each in part))


def table(columns):
    """A row for each scenario, a column for each server."""
    runs = sorted({column["runs"] for column in columns})
    yield f"{' to '.join(map(str, runs[:1] + runs[1:][-1:]))} run{'s' if runs != [1] else ''} of each:\n"
    yield f"| scenario | {' | '.join(column['title'] for column in columns)} |"
    yield "|" + "---|" * (len(columns) + 1)
    cells = [{each["name"]: _cell(each, column["runs"]) for each in column["scenarios"]} for column in columns]
    for name in _names(columns):
        yield f"| {name} | {' | '.join(column.get(name, '-') for column in cells)} |"


def _text(x, y, text, more=""):
    return f'<text x="{x}" y="{y}" {more}>{html.escape(text)}</text>'


def chart(columns):
    """A row for each server, a square for each scenario."""
    names = _names(columns)
    width, height = TITLES + CELL * len(names) + 64, TOP + CELL * len(columns) + 40
    yield (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
           'font-family="system-ui, sans-serif" font-size="12" fill="#24292f">')
    yield '<title>How the stops of servers end, scenario by scenario</title>'
    yield f'<rect width="{width}" height="{height}" fill="#ffffff"/>'
    for at, name in enumerate(names):
        x = TITLES + CELL * at + CELL // 2 + 4
        yield _text(x, TOP - 8, name, f'transform="rotate(-60 {x} {TOP - 8})"')
    for at, column in enumerate(columns):
        y = TOP + CELL * at
        yield _text(TITLES - 8, y + 16, column["title"], 'text-anchor="end"')
        for each in column["scenarios"]:
            x = TITLES + CELL * names.index(each["name"])
            verdict = each["verdict"]
            yield (f'<rect x="{x + 1}" y="{y + 1}" width="{CELL - 2}" height="{CELL - 2}" rx="3" fill="{COLOURS[verdict]}">'
                   f'<title>{html.escape(column["title"])}, {each["name"]}: {verdict}</title></rect>')
    x, y = TITLES, TOP + CELL * len(columns) + 14
    for verdict, colour in COLOURS.items():
        yield f'<rect x="{x}" y="{y}" width="14" height="14" rx="3" fill="{colour}"/>'
        yield _text(x + 20, y + 12, verdict.lower())
        x += 80
    yield "</svg>"


def between(text, mark, lines):
    """The text with what stands between the comments `mark` and `/mark` replaced."""
    first, last = f"<!-- {mark} -->\n", f"<!-- /{mark} -->"
    before, found, rest = text.partition(first)
    if not found or last not in rest:
        raise ValueError(f"no place for {mark}: {first.strip()} ... {last}")
    return before + first + "\n".join(["", *lines, "", ""]) + rest[rest.index(last):]
