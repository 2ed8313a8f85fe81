"""How the concepts link, as a picture and as a list: both drawn from the cards alone, so the same cards give the same bytes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import combinations

from knowledge.errors import KnowledgeError
from knowledge.reading.base import KnowledgeBase
from knowledge.reading.card import Slug

BEGIN, END = "<!-- cards: written by `askwell knowledge graph`, don't edit by hand -->", "<!-- end of cards -->"

# Units: pixels of the picture.
WIDTH, ROW, HEADING, TOP, BOTTOM = 1240, 25, 42, 84, 12
LABELS, BEND = 305, 64
LEFT, RIGHT = 0, 1

STYLE = """\
.back{fill:#ffffff}.title{fill:#1f2328;font-size:20px;font-weight:600}.note{fill:#57606a;font-size:13px}
.group{fill:#57606a;font-size:13px;font-weight:700;letter-spacing:.08em}.name{fill:#1f2328;font-size:14px}
.related{stroke:#8c959f;stroke-width:1;stroke-opacity:.5}.confused{stroke:#cf222e;stroke-width:2.1;stroke-opacity:.82}
.dot{fill:#0969da}path{fill:none}text{font-family:system-ui,-apple-system,"Segoe UI","DejaVu Sans",Helvetica,Arial,sans-serif}
@media (prefers-color-scheme:dark){.back{fill:#0d1117}.title,.name{fill:#e6edf3}.note,.group{fill:#9da7b1}
.related{stroke:#8b949e;stroke-opacity:.45}.confused{stroke:#ff7b72}.dot{fill:#58a6ff}}"""


@dataclass(frozen=True)
class Place:
    """Where a concept's dot stands, and on which side of the picture (its label stands outside of it)."""

    side: int
    x: float
    y: float


def svg(base: KnowledgeBase, groups: Sequence[str] = ()) -> str:
    """Draw every card as a dot with its slug, red lines to what it is confused with, grey ones to what is related.

    `groups` come first and in that order; the others follow by name.
    """
    columns = columns_of(base, groups)
    height = TOP + max((rows_high(column) for column in columns), default=0) + BOTTOM
    confused, related = links(base)
    order = untangled(columns, confused, related)
    places, headings = placed(columns, order, height)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img">',
        f"<title>{len(base.cards)} concepts and how they link</title>",
        f"<style>{STYLE}</style>",
        f'<rect class="back" width="{WIDTH}" height="{height}" rx="8"/>',
        f'<text class="title" x="24" y="36">{len(base.cards)} concepts and how they link</text>',
        *legend(len(confused), len(related)),
    ]
    lines += [f'<path class="related" d="{curve(places[a], places[b])}"/>' for a, b in related]
    lines += [f'<path class="confused" d="{curve(places[a], places[b])}"><title>{a} / {b}</title></path>' for a, b in confused]
    lines += headings
    lines += [mark for slug, place in sorted(places.items()) for mark in label(slug, place)]
    return "\n".join([*lines, "</svg>", ""])


def legend(confused: int, related: int) -> list[str]:
    """Say what the lines mean."""
    return [
        '<path class="confused" d="M24 60H64"/>',
        f'<text class="note" x="72" y="64">often confused, so answered by contrast ({confused})</text>',
        '<path class="related" d="M380 60H420"/>',
        f'<text class="note" x="428" y="64">related, worth reading next ({related})</text>',
    ]


def columns_of(base: KnowledgeBase, groups: Sequence[str]) -> tuple[dict[str, list[Slug]], dict[str, list[Slug]]]:
    """Share the groups out to the two sides, in their order, so that the sides are as even as can be."""
    members: dict[str, list[Slug]] = {}
    for card in base.cards.values():
        members.setdefault(card.group, []).append(card.slug)
    names = [name for name in groups if name in members] + sorted(set(members) - set(groups))
    cuts = range(len(names) + 1)
    cut = min(cuts, key=lambda at: abs(sum(len(members[name]) for name in names[:at]) * 2 - len(base.cards)))
    left, right = ({name: sorted(members[name]) for name in part} for part in (names[:cut], names[cut:]))
    return left, right


def rows_high(column: Mapping[str, Sequence[Slug]]) -> int:
    """Return how high a column's rows and headings are."""
    return sum(HEADING + ROW * len(members) for members in column.values())


def links(base: KnowledgeBase) -> tuple[list[tuple[Slug, Slug]], list[tuple[Slug, Slug]]]:
    """Return the confused pairs and the related ones that are not confused, each once, without links to cards that aren't there."""
    confused = {tuple(sorted((card.slug, other))) for card in base.cards.values() for other in card.confused_with}
    related = {tuple(sorted((card.slug, other))) for card in base.cards.values() for other in card.related}

    def whole(pairs: set[tuple[Slug, ...]]) -> list[tuple[Slug, Slug]]:
        return sorted((a, b) for a, b in pairs if a != b and a in base.cards and b in base.cards)

    return whole(confused), whole(related - confused)


def untangled(
    columns: Sequence[Mapping[str, Sequence[Slug]]], confused: Sequence[tuple[Slug, Slug]], related: Sequence[tuple[Slug, Slug]]
) -> dict[str, list[Slug]]:
    """Order each group so that linked concepts stand at like heights: swap two of it while that shortens the lines.

    Only whole numbers are compared, so the order is the same on every machine.
    """
    order = {group: list(members) for column in columns for group, members in column.items()}
    row: dict[Slug, int] = {}
    for column in columns:
        in_turn = [slug for members in column.values() for slug in members]
        row |= {slug: position for position, slug in enumerate(in_turn)}
    linked: dict[Slug, list[tuple[Slug, int]]] = {slug: [] for slug in row}
    for pairs, weight in ((confused, 4), (related, 1)):
        for a, b in pairs:
            linked[a].append((b, weight))
            linked[b].append((a, weight))

    def length(*slugs: Slug) -> int:
        return sum(weight * (row[slug] - row[other]) ** 2 for slug in slugs for other, weight in linked[slug])

    better = True
    while better:
        better = False
        for members in order.values():
            for i, j in combinations(range(len(members)), 2):
                first, second = members[i], members[j]
                before = length(first, second)
                row[first], row[second] = row[second], row[first]
                if length(first, second) < before:
                    members[i], members[j] = second, first
                    better = True
                else:
                    row[first], row[second] = row[second], row[first]
    return order


def placed(
    columns: Sequence[Mapping[str, Sequence[Slug]]], order: Mapping[str, Sequence[Slug]], height: int
) -> tuple[dict[Slug, Place], list[str]]:
    """Give every concept its place on one of two facing arcs, and every group its heading above its first."""
    places: dict[Slug, Place] = {}
    headings: list[str] = []
    for side, column in enumerate(columns):
        y = TOP + (height - TOP - BOTTOM - rows_high(column)) / 2
        for group in column:
            x = outside(side, y + HEADING / 2, height)
            anchor = "end" if side == LEFT else "start"
            headings.append(
                f'<text class="group" x="{x + (-12 if side == LEFT else 12):.1f}" y="{y + 26:.1f}" text-anchor="{anchor}">'
                f"{escape(group.replace('-', ' ').upper())}</text>"
            )
            y += HEADING
            for slug in order[group]:
                places[slug] = Place(side, outside(side, y, height), y)
                y += ROW
    return places, headings


def outside(side: int, y: float, height: int) -> float:
    """Return the arc's x at a height: furthest out in the middle, so that lines between neighbours don't hide each other."""
    middle = (TOP + height - BOTTOM) / 2
    reach = max((height - TOP - BOTTOM) / 2, 1)
    bend = BEND * (1 - math.sqrt(max(0.0, 1 - min(1.0, abs(y - middle) / reach) ** 2 * 0.9)))
    return LABELS + bend if side == LEFT else WIDTH - LABELS - bend


def curve(start: Place, end: Place) -> str:
    """Draw a line between two dots through the picture's middle; on one side the further apart, the deeper."""
    depth = (WIDTH - 2 * LABELS) * 0.36
    if start.side == end.side:
        depth = 34 + min(abs(start.y - end.y) * 0.62, (WIDTH - 2 * LABELS) * 0.52)
    pulls = [place.x + (depth if place.side == LEFT else -depth) for place in (start, end)]
    return f"M{start.x:.1f} {start.y:.1f}C{pulls[0]:.1f} {start.y:.1f} {pulls[1]:.1f} {end.y:.1f} {end.x:.1f} {end.y:.1f}"


def label(slug: Slug, place: Place) -> list[str]:
    """Draw a concept's dot and, outside of the lines, its name."""
    anchor, gap = ("end", -12) if place.side == LEFT else ("start", 12)
    return [
        f'<circle class="dot" cx="{place.x:.1f}" cy="{place.y:.1f}" r="4"/>',
        f'<text class="name" x="{place.x + gap:.1f}" y="{place.y + 4.5:.1f}" text-anchor="{anchor}">{escape(slug)}</text>',
    ]


def render_readme(base: KnowledgeBase, text: str, groups: Sequence[str] = ()) -> str:
    """Return a README with the list of all cards, by group, between its two marks.

    Raises:
        KnowledgeError: the marks aren't there, once each and in their order.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end or BEGIN in rest or END in after or END in before:
        raise KnowledgeError(f"knowledge/README.md: the list of cards goes between the lines '{BEGIN}' and '{END}', once each")
    columns = columns_of(base, groups)
    lines: list[str] = []
    for group, members in (pair for column in columns for pair in column.items()):
        lines += ["", f"**{group}** ({len(members)})", ""]
        lines += [f"- [{slug}](cards/{group}/{slug}.md): {base.cards[slug].title}" for slug in members]
    return f"{before}{BEGIN}\n\n" + "\n".join(lines).lstrip("\n") + f"\n\n{END}{after}"
