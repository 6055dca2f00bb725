"""What was measured, as Markdown tables and as an SVG chart."""

import html
import math
import statistics

import fairness
import overload


def quartiles(values):
    if len(values) < 2:
        return (values[0],) * 3
    return tuple(statistics.quantiles(values, n=4, method="inclusive"))


def mean_ratio(ratios):
    """The geometric mean, and the ends of its 95 % interval."""
    logs = [math.log(ratio) for ratio in ratios]
    middle, error = statistics.mean(logs), 1.96 * statistics.stdev(logs) / math.sqrt(len(logs))
    return tuple(math.exp(middle + by) for by in (-error, 0, error))


def _ratio(values):
    if not values:
        return "-"
    low, middle, high = quartiles(values)
    return f"{middle:.2f} ({low:.2f}-{high:.2f})"


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def cell(one, key):
    """With a star, if some of its runs have failed."""
    if "failed" not in one:
        return _ratio(one.get(key, []))
    return _ratio(one[key]) + " *" if one.get(key) else "failed"


def duels(first, found):
    return table([first, "ratio", "pairs of runs"], (
        [name, "{1:.2f} ({0:.2f}-{2:.2f})".format(*mean_ratio(ratios)), len(ratios)] for name, ratios in found.items()))


def by_contender(result, key):
    """Rows: servers; columns: loads."""
    names = []
    for load in result["loads"]:
        names += [name for name in load["contenders"] if name not in names]
    rows = []
    for name in names:
        each = [load["contenders"].get(name, {}) for load in result["loads"]]
        rows.append([name] + [cell(one, key) for one in each])
    return table(["", *(load["name"] for load in result["loads"])], rows)


def tables(result):
    out = []

    def part(title, text):
        out.append(f"### {title}\n\n{text}")

    if result["loads"]:
        part("Server CPU per request, as a ratio to raw epoll: median (quartiles)", by_contender(result, "cpu_ratio"))
        part("Requests per second, as a ratio to raw epoll: median (quartiles)", by_contender(result, "rate_ratio"))
    if result["against_nginx"]:
        part("Sundown's CPU per request as a ratio to nginx's: geometric mean (95 % interval)",
             duels("", result["against_nginx"]))
    if result["protocols"]:
        part("HTTP/2 and TLS: Sundown's CPU per request as a ratio to nginx's: geometric mean (95 % interval)",
             duels("", result["protocols"]))
    if result["instructions"]:
        cases = list(next(iter(result["instructions"].values())))
        part("User instructions per request", table(["", *cases], (
            [name, *(f"{one[case]:,}" if one.get(case) else "-" for case in cases)]
            for name, one in result["instructions"].items())))
    if result["resting"]:
        part("Idle connections and start", table(["", "bytes per idle connection", "MB at rest", "seconds to the first answer"], (
            [name, f"{one['per_connection']:,.0f}", f"{one['at_rest'] / 1e6:.1f}", f"{one['startup']:.3f}"]
            for name, one in result["resting"].items())))
    if result["held"]:
        kinds = list(next(iter(result["held"].values())))
        part("Bytes per idle connection", table(["", *kinds], (
            [name, *(f"{one[kind]:,.0f}" for kind in kinds)] for name, one in result["held"].items())))
    if result["stops"]:
        counts = [str(row["connections"]) for row in next(iter(result["stops"].values()))]
        part("Seconds from the signal to the exit, by idle connections (and how many saw a reset)", table(["", *counts], (
            [name, *(f"{row['seconds']:.2f} ({row['resets']})" for row in rows)] for name, rows in result["stops"].items())))
    if result["latency"]:
        part("Latency at 70 % of the server's own most, 64 connections, in microseconds",
             table(["", "requests/s", "p50", "p99", "p99.9"], (
                 [name, f"{one['rate']:,.0f}", *(f"{one[key]:,.0f}" for key in ("p50_us", "p99_us", "p999_us"))]
                 for name, one in result["latency"].items())))
    if result["fairness"]:
        part(f"Waits beside clients that never let the server wait, one worker, in milliseconds (wanted: p99 up to {fairness.WANTED_MS:.0f})",
             table(["beside", *(f"{path} {key}" for path in ("/hello", "/live") for key in ("p50", "p99", "longest"))],
                   fairness.rows(result["fairness"])))
    if result["overload"]:
        part("Three times the load that can be served, one worker, times in milliseconds (docs/overload.md)",
             table(["", *(name for name, _, _ in overload.COLUMNS)], overload.rows(result["overload"])))
    if result["access_log"]:
        part("CPU per request with the access log, as a ratio to without: geometric mean (95 % interval)",
             duels("JSON lines to", result["access_log"]))
    if result["notes"]:
        part("GET /v1/notes/{id}, by where the note comes from; 64 connections, latencies in microseconds",
             table(["", "requests/s", "CPU microseconds", "CPU as a ratio to raw epoll", "p50", "p99"], (
                 [name, *(f"{statistics.median(one[key]):,.0f}" for key in ("rate", "cpu_us")), _ratio(one["cpu_ratio"]),
                  *(f"{statistics.median(one[key]):,.0f}" for key in ("p50_us", "p99_us"))] if one["rate"] else [name, "failed"]
                 for name, one in result["notes"].items())))
    if result["transfers"]:
        part("1 GiB bodies", table(["", "MB/s", "CPU s per GB", "most memory, MB"], (
            [name, f"{statistics.median(r['mb_per_s'] for r in rows):,.0f}",
             f"{statistics.median(r['cpu_s_per_gb'] for r in rows):.2f}",
             f"{max(r['peak_memory'] for r in rows) / 1e6:.1f}"] for name, rows in result["transfers"].items())))
    return "\n".join(out)


# -- the chart

ROW, TITLE, LABELS, PLOT, FULL = 22, 44, 170, 420, 4.0   # FULL: the scale's end; longer bars are cut, with their figure


def _panel(load, colours, top):
    """One load: a bar a server, its quartiles as a line over the end."""
    out = [f'<text x="16" y="{top + 24}" class="title">{html.escape(load["name"])}</text>']
    rows = [(name, one["cpu_ratio"]) for name, one in load["contenders"].items() if one.get("cpu_ratio")]
    scale = PLOT / FULL
    bottom = top + TITLE + ROW * len(rows)
    for tick in range(int(FULL) + 1):
        x = LABELS + tick * scale
        out.append(f'<line x1="{x}" x2="{x}" y1="{top + TITLE - 6}" y2="{bottom}" class="{"one" if tick == 1 else "grid"}"/>')
        out.append(f'<text x="{x}" y="{top + TITLE - 10}" class="tick">{tick}</text>')
    for at, (name, values) in enumerate(rows):
        y = top + TITLE + at * ROW
        low, middle, high = quartiles(values)
        width = min(middle, FULL) * scale
        out.append(f'<text x="{LABELS - 8}" y="{y + 15}" class="name">{html.escape(name)}</text>')
        out.append(f'<rect x="{LABELS}" y="{y + 4}" width="{width:.1f}" height="{ROW - 8}" fill="{colours[name]}"/>')
        if middle < FULL:
            out.append(f'<line x1="{LABELS + low * scale:.1f}" x2="{LABELS + min(high, FULL) * scale:.1f}" y1="{y + ROW / 2}" '
                       f'y2="{y + ROW / 2}" class="spread"/>')
        else:
            x = LABELS + PLOT - 14
            out.append(f'<path d="M{x} {y + 2}l6 {ROW - 4}h4l-6 -{ROW - 4}z" fill="#fff"/>')
        end = LABELS + max(width, min(high, FULL) * scale) + 6
        out.append(f'<text x="{end:.1f}" y="{y + 15}" class="figure">{middle:.2f}</text>')
    return out, bottom + 14


def chart(result, colours):
    body, at = [], 44
    for load in result["loads"]:
        panel, at = _panel(load, colours, at)
        body += panel
    width = LABELS + PLOT + 70
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{at + 34}" viewBox="0 0 {width} {at + 34}" role="img">',
        "<title>Server CPU per request, as a ratio to raw epoll</title>",
        "<style>text{font:13px system-ui,sans-serif;fill:#1f2328}.head{font-size:16px;font-weight:600}"
        ".title{font-weight:600}.name{text-anchor:end}.tick{font-size:11px;fill:#57606a;text-anchor:middle}"
        ".note{font-size:11px;fill:#57606a}.grid{stroke:#d0d7de}.one{stroke:#57606a;stroke-dasharray:3 3}"
        ".spread{stroke:#1f2328;stroke-width:2}</style>",
        f'<rect width="{width}" height="{at + 34}" fill="#fff"/>',
        '<text x="16" y="30" class="head">Server CPU per request (raw epoll = 1, less is better)</text>',
        *body,
        f'<text x="16" y="{at + 10}" class="note">Medians of {result["rounds"]} runs, each paired with raw epoll just before and '
        'after; black: quartiles.</text>',
        f'<text x="16" y="{at + 25}" class="note">{html.escape(result["machine"])} · {html.escape(result["command"])} · '
        f'{result["when"]}</text>',
        "</svg>"]) + "\n"
