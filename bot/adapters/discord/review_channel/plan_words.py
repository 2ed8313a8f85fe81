"""The words about a promotion: what an answer could become, the plan with its impact, what was written, and what was taken back."""

from __future__ import annotations

from collections.abc import Iterator

from bot.adapters.discord.messages.render import quote, without_pings
from bot.adapters.discord.messages.split import MAX_CHARACTERS, length, split
from bot.review.card_work.cards_by_button import Possible
from bot.review.promotion.apply import Done
from bot.review.promotion.impact import KINDS, Change, Changes, Impact
from bot.review.promotion.plan import Plan, PromotionKind, warnings
from bot.review.taking_back.take_back import TakenBack
from knowledge.short_line import short_line

KIND_WORDS = {
    PromotionKind.NEW: "a new card",
    PromotionKind.PHRASING: "another phrasing of",
    PromotionKind.AMEND: "more in",
    PromotionKind.REPLACE: "the short answer of",
}
WRITTEN = {
    PromotionKind.NEW: "has a new card, {slug}",
    PromotionKind.PHRASING: "is a phrasing of {slug}",
    PromotionKind.AMEND: "has its answer in {slug}",
    PromotionKind.REPLACE: "has its answer as the short answer of {slug}",
}
NOTHING_FITS = "No card is about this question, and no mentor has answered it in their own words: answer or correct it first."
# So many questions of each kind are shown.
EXAMPLES = 3
MOST_PROBLEMS = 5
MOST_IMPACT = 1_400
SHOWN_CHARS = 80
CUT = "[…]"


def possible_text(found: Possible) -> str:
    """Render what an answer could become, with the reasons."""
    asked = f"> {quote(without_pings(found.question.text))}"
    if not found.proposals:
        return f"{asked}\n\n{NOTHING_FITS}"
    lines = [f"- `{each.wanted}`: {each.why}" for each in found.proposals]
    return "\n".join(
        [asked, "", "What this could become, the best first. Nothing is written before you have seen what it changes.", *lines]
    )


def plan_text(plan: Plan) -> str:
    """Render a plan in one message: what would be written, and what would be answered otherwise; the diff is cut to fit."""
    words = KIND_WORDS[plan.kind]
    head = f"**{words[:1].upper()}{words[1:]} `{plan.slug}`**, from question {plan.question.number}"
    below = split("\n".join(impact_lines(plan)), MOST_IMPACT)[0]
    room = MAX_CHARACTERS - length(f"{head}\n```diff\n\n{CUT}\n```\n{below}")
    return f"{head}\n```diff\n{cut_diff(plan.diff, room)}\n```\n{below}"


def cut_diff(diff: str, room: int) -> str:
    """Return a diff for a block of code, with the files' names as their headings, and as many of its lines as there is room for.

    >>> print(cut_diff("--- a/x.md\\n+++ b/x.md\\n@@ -1 +1,2 @@\\n one\\n+two\\n", 100))
    x.md
     one
    +two
    """
    lines = [line.replace("```", "'''") for line in diff.splitlines() if not line.startswith(("--- a/", "--- /dev/null", "@@ "))]
    kept: list[str] = []
    for line in lines:
        shown_line = line.removeprefix("+++ b/")
        if length("\n".join([*kept, shown_line])) > room:
            return "\n".join([*kept, CUT])
        kept.append(shown_line)
    return "\n".join(kept)


def impact_lines(plan: Plan) -> Iterator[str]:
    """Yield a line for each problem, or for each kind of question that would be answered otherwise."""
    if plan.problems:
        yield "**It can't be written so:**"
        yield from (f"- {without_pings(short_line(str(each), 2 * SHOWN_CHARS))}" for each in plan.problems[:MOST_PROBLEMS])
        return
    found: Impact = plan.impact
    yield f"Asked again with it: {found.past} past questions and {found.labelled} labelled ones."
    for name, words in KINDS.items():
        changes: Changes = getattr(found, name)
        yield f"- {words}: {changes.count}{examples(changes) if name in {'moved', 'answered', 'declined'} else ''}"
    if found.siblings.count:
        yield f"- beside it, answered from the new card too: {found.siblings.count}{examples(found.siblings)}"
    yield from (f"- must not answer: {shown(each)}" for each in plan.must_not)
    if plan.narrowing is not None:
        yield f"- the topic beyond the course *{plan.narrowing.topic}* no longer declines what the card answers"
    yield from (f"- note: {without_pings(each)}" for each in warnings(plan))


def examples(changes: Changes) -> str:
    """Return the first changes of a kind as the end of a line."""
    some = "; ".join(one_change(each) for each in changes.examples[:EXAMPLES])
    more = f" and {changes.count - EXAMPLES} more" if changes.count > EXAMPLES else ""
    return f" ({some}{more})" if some else ""


def one_change(change: Change) -> str:
    """Return one question with the card before and after."""
    return f"{shown(change.text)} {change.before} → {change.after}"


def shown(text: str) -> str:
    """Return the beginning of a learner's question in quotation marks, its marks escaped."""
    return f"“{quote(without_pings(short_line(text, SHOWN_CHARS)))}”"


def written_text(plan: Plan, done: Done) -> str:
    """Render what was written, for the mentor and for all of the review channel."""
    committed = f"commit {done.commit[:10]}" if done.commit else "not committed to git"
    note = f" Note: {without_pings(done.note)}." if done.note else ""
    what = WRITTEN[plan.kind].format(slug=f"`{plan.slug}`")
    return f"Question {plan.question.number} {what}, by {quote(plan.mentor)} ({committed}). It's served now.{note}"


def taken_back_text(done: TakenBack, mentor: str) -> str:
    """Render what is as before."""
    again = f" Waiting again: {', '.join(f'question {number}' for number in done.reopened)}." if done.reopened else ""
    note = f" Note: {without_pings(done.note)}." if done.note else ""
    return f"Taken back by {quote(mentor)}: `{done.slug}` is as if promotion {done.promotion_id} had not been.{again}{note}"
