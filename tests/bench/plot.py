#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""The plots of the benchmark, as one SVG, from the files that results.py wrote: plot.py DIR.

Above: the instructions that a call costs on top of one with nothing attached. Below: how long commands take, or, where
no times were measured, their instructions. A hollow triangle is where something was stopped before it had an end.
"""
import math
import statistics
import sys
from xml.sax.saxutils import escape

from results import CALLS, COMMANDS, NS_PER_INSTRUCTION, TOOLS, caption, cell, load, sizes

WIDTH, MARGIN, TOP, HEIGHT, GAP = 1000, 64, 96, 220, 84
STYLE = """
  text { font: 12px system-ui, "DejaVu Sans", sans-serif; fill: #24292f; }
  .title { font-size: 17px; font-weight: 600; } .panel { font-size: 13px; font-weight: 600; }
  .small { font-size: 11px; }
  .back { fill: #ffffff; } .axis { stroke: #57606a; } .grid { stroke: #d0d7de; stroke-width: .7; }
  .line { fill: none; stroke-width: 2; } .open { fill: #ffffff; stroke-width: 1.6; } .nothing { stroke: #6e7781; }
  .lsmctl { stroke: #0b62c4; fill: #0b62c4; } .cgroup { stroke: #a8479a; fill: #a8479a; }
  .nft { stroke: #c4500b; fill: #c4500b; } .ipset { stroke: #0a7f5a; fill: #0a7f5a; }
  .line.line { fill: none; } .open.open { fill: #ffffff; }
  @media (prefers-color-scheme: dark) {
    text { fill: #d6dde4; } .back { fill: #0d1117; } .axis { stroke: #8b949e; } .grid { stroke: #30363d; }
    .open.open { fill: #0d1117; } .nothing { stroke: #8b949e; }
    .lsmctl { stroke: #58a6ff; fill: #58a6ff; } .cgroup { stroke: #e38fd6; fill: #e38fd6; }
    .nft { stroke: #ff9b57; fill: #ff9b57; } .ipset { stroke: #4fd1a5; fill: #4fd1a5; }
  }
"""
UNITS = ((1e9, "s"), (1e6, "ms"), (1e3, "us"), (1, "ns"))


def size_text(size):
    return f"{size // 1_000_000}M" if size >= 1_000_000 else f"{size // 1000}k" if size >= 1000 else str(size)


def time_text(ns):
    scale, unit = next((scale, unit) for scale, unit in UNITS if ns >= scale or scale == 1)
    return f"{ns / scale:g} {unit}"


def count_text(count):
    return f"{count / 1e6:g} M" if count >= 1e6 else f"{count:,.0f}"


def marker(tool, x, y, is_open=False):
    kind = f'class="{tool}{" open" if is_open else ""}"'
    if is_open:
        return f'<path {kind} d="M{x - 5:.1f} {y + 4:.1f} h10 l-5 -9 z"/>'
    if tool == "nft":
        return f'<rect {kind} x="{x - 3.5:.1f}" y="{y - 3.5:.1f}" width="7" height="7"/>'
    if tool == "ipset":
        return f'<path {kind} d="M{x:.1f} {y - 5:.1f} l5 5 l-5 5 l-5 -5 z"/>'
    if tool == "cgroup":
        return f'<path {kind} d="M{x - 4.5:.1f} {y - 3.5:.1f} h9 l-4.5 8 z"/>'
    return f'<circle {kind} cx="{x:.1f}" cy="{y:.1f}" r="4"/>'


class Panel:
    """One plot: x has a place for each size, y is linear from 0, or logarithmic."""

    def __init__(self, box, title, all_sizes, points, log, ticks_text):
        self.x, self.y, self.width, self.height = box
        self.title, self.sizes, self.points, self.log, self.text = title, all_sizes, points, log, ticks_text
        values = [value for by_tool in points.values() for _, value, _ in by_tool] or [1]
        if log:
            self.low = math.floor(math.log10(max(1, min(values))))
            self.high = max(math.ceil(math.log10(max(values))), self.low + 1)
            self.ticks = [10 ** power for power in range(self.low, self.high + 1)]
        else:
            step = 10 ** math.floor(math.log10(max(max(values), 1)))
            step = next(part for part in (step / 5, step / 2, step, step * 2) if max(values) / part <= 6)
            self.low, self.high = min(0, math.floor(min(values) / step) * step), math.ceil(max(values) / step) * step
            self.ticks = [self.low + i * step for i in range(round((self.high - self.low) / step) + 1)]

    def x_of(self, size):
        return self.x + self.width * (self.sizes.index(size) + .5) / len(self.sizes)

    def y_of(self, value):
        value = math.log10(max(value, 1)) if self.log else value
        return self.y + self.height * (1 - (value - self.low) / (self.high - self.low))

    def draw(self):
        right, bottom = self.x + self.width, self.y + self.height
        yield f'<text class="panel" x="{self.x}" y="{self.y - 12}">{escape(self.title)}</text>'
        for tick in self.ticks:
            y = self.y_of(tick)
            yield f'<line class="grid" x1="{self.x}" x2="{right:.1f}" y1="{y:.1f}" y2="{y:.1f}"/>'
            yield f'<text class="small" x="{self.x - 6}" y="{y + 4:.1f}" text-anchor="end">{self.text(tick)}</text>'
        yield f'<path class="axis line" d="M{self.x} {self.y} V{bottom} H{right:.1f}"/>'
        for size in self.sizes:
            yield f'<text class="small" x="{self.x_of(size):.1f}" y="{bottom + 16}" text-anchor="middle">' \
                  f'{size_text(size)}</text>'
        yield f'<text class="small" x="{self.x + self.width / 2:.1f}" y="{bottom + 32}" text-anchor="middle">rules</text>'
        for tool, points in reversed(self.points.items()):
            path = " L".join(f"{self.x_of(size):.1f} {self.y_of(value):.1f}" for size, value, _ in points)
            if points:
                yield f'<path class="{tool} line" d="M{path}"/>'
            for size, value, is_open in points:
                yield marker(tool, self.x_of(size), self.y_of(value), is_open)


def points_of(rows, place, what, all_sizes, scale, nothing=0):
    """{tool: [(size, value, whether it was stopped there)]}."""
    found = {}
    for tool in TOOLS:
        found[tool] = []
        for size in all_sizes:
            values, over = cell(rows, place, tool, what, size)
            if values or over:
                value = statistics.median(values) if values else over
                found[tool].append((size, value / scale - nothing, not values))
    return found


def legend(y):
    x = MARGIN
    for tool, name in TOOLS.items():
        yield f'<path class="{tool} line" d="M{x} {y} h24"/>' + marker(tool, x + 12, y)
        yield f'<text x="{x + 31}" y="{y + 4}">{escape(name)}</text>'
        x += 52 + 7.2 * len(name)
    yield f'<path class="nothing open" d="M{x:.0f} {y + 4} h10 l-5 -9 z"/>'
    yield f'<text x="{x + 17:.0f}" y="{y + 4}">stopped, not finished</text>'


def row_of(titles, y, make):
    width = (WIDTH - MARGIN - 20) / len(titles)
    for i, (what, title) in enumerate(titles.items()):
        yield from make((round(MARGIN + i * width), y, round(width - MARGIN + 8), HEIGHT), what, title).draw()


def wrap(text, width):
    lines = [""]
    for word in text.split():
        if len(lines[-1]) + len(word) > width:
            lines.append("")
        lines[-1] += word + " "
    return lines


def main():
    rows = load(sys.argv[1])
    all_sizes = sizes(rows)
    timed = any(place == "native" and name.startswith("T-") for place, name in rows)

    def call_panel(box, what, title):
        bare, _ = cell(rows, "icount", "bare", what, 0)
        nothing = statistics.median(bare) / NS_PER_INSTRUCTION if bare else 0
        title = f"{title}: {nothing:,.0f} +"
        return Panel(box, title, all_sizes, points_of(rows, "icount", what, all_sizes, NS_PER_INSTRUCTION, nothing),
                     False, count_text)

    def command_panel(box, what, title):
        if timed:
            return Panel(box, title, all_sizes, points_of(rows, "native", what, all_sizes, 1), True, time_text)
        return Panel(box, title, all_sizes, points_of(rows, "icount", what, all_sizes, NS_PER_INSTRUCTION), True,
                     count_text)

    second = TOP + HEIGHT + GAP + 24
    notes = wrap(caption(rows) + ".", 165)
    height = second + HEIGHT + 60 + 15 * len(notes)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
           'role="img">', "<title>What calls and commands cost with lsmctl and with its peers, by the number of rules</title>",
           f"<style>{STYLE}</style>", f'<rect class="back" width="{WIDTH}" height="{height}"/>',
           f'<text class="title" x="{MARGIN}" y="28">Instructions that a call costs, on top of those with nothing attached'
           "</text>", *legend(52)]
    out += row_of(CALLS, TOP, call_panel)
    out.append(f'<text class="title" x="{MARGIN}" y="{second - 40}">'
               f'{"Time" if timed else "Instructions"} that a command takes</text>')
    out += row_of(COMMANDS, second, command_panel)
    out += (f'<text class="small" x="{MARGIN}" y="{second + HEIGHT + 60 + 15 * i}">{escape(line.strip())}</text>'
            for i, line in enumerate(notes))
    print("\n".join(out + ["</svg>"]))


if __name__ == "__main__":
    main()
