"""The making of knowledge: what an answer could become, and the editor in which a card's text is checked, measured and applied."""

from __future__ import annotations

import threading
from dataclasses import replace

from markupsafe import Markup
from starlette.responses import Response

from bot.adapters.desk.entering.mentor_sessions import Told
from bot.adapters.desk.showing.card_drafts import CardDraft
from bot.adapters.desk.showing.card_preview import CardPreview, preview_of
from bot.adapters.desk.showing.platform_look import looks_of
from bot.adapters.desk.visiting import Visit
from bot.review.card_work.edited_card import over_the_file_now, reading_problems, text_of_file, was_changed, with_text
from bot.review.card_work.gathered import refuse_removed
from bot.review.card_work.imported_drafts import discard
from bot.review.promotion.apply import carry_out, finish_cut_short
from bot.review.promotion.impact import KINDS, Progress, ReplayedQuestion, labelled_questions, past_questions, regression_file
from bot.review.promotion.make_plan import Basis, make_plan, unified_diff, with_impact, with_marks
from bot.review.promotion.phrasings import phrasings_typed
from bot.review.promotion.plan import Plan, PromotedQuestion, PromotionKind, promoted_question, read_wanted, warnings
from bot.review.promotion.propose import propose
from knowledge.errors import Refused
from knowledge.reading.template import open_groups

GONE = "This draft is no longer here: it was applied, or the desk was started again. Your text is below; open the card or question again."
# One card is written at a time, so that a second press of the button waits and then sees what the first one did.
APPLYING = threading.Lock()


def show_proposals(visit: Visit) -> Response:
    """Show what an answer could become."""
    asked = question_of(visit)
    found = propose(asked.text, asked.answer, visit.desk.library)
    if not asked.answer.strip():
        found = [each for each in found if each.wanted.startswith(f"{PromotionKind.PHRASING}:")]
    groups = [path.name for path in open_groups(visit.desk.knowledge)]
    return visit.page("promote.html", question=asked, proposals=found, groups=groups, drafts=visit.desk.service.improves)


def begin_promotion(visit: Visit) -> Response:
    """Make the text that a promotion would write, and open it in the editor."""
    form, desk = visit.form, visit.desk
    asked = question_of(visit)
    wanted = form.line("wanted") or f"{form.line('kind')}:{form.line('slug')}"
    read_wanted(wanted)
    plan = make_plan(
        wanted,
        asked,
        library=desk.library,
        knowledge=desk.knowledge,
        mentor=visit.mentor,
        today=visit.now.date(),
        measured=False,
        answer=form.text("text") or None,
        title=form.line("title"),
        group=form.line("group"),
        facts=[line.strip() for line in form.text("facts").splitlines() if line.strip()],
        also=phrasings_typed(form.text("also")),
        draft=desk.service.draft_card if desk.service.improves and form.line("drafted") == "yes" else None,
    )
    draft = desk.drafts.begin(plan, visit.mentor, visit.now)
    measure(visit, draft)
    return visit.to(f"/drafts/{draft.draft_id}")


def question_of(visit: Visit) -> PromotedQuestion:
    """Read the question that is promoted."""
    with visit.desk.ledger.transaction() as session:
        return promoted_question(session, visit.number)


def show_draft(visit: Visit) -> Response:
    """Show the editor."""
    draft = found_draft(visit)
    return gone(visit) if draft is None else editor(visit, draft, draft.plan.text)


def work_on_draft(visit: Visit) -> Response:
    """Check a text and start to measure its impact, apply it, or throw it away."""
    draft = found_draft(visit)
    if draft is None:
        return gone(visit)
    desk, basis, text, action = visit.desk, basis_of(visit), visit.form.text("text"), visit.form.line("action")
    if action == "discard":
        desk.drafts.end(draft.draft_id)
        visit.session.tell(Told("The draft is thrown away; no file was changed."))
        return visit.to(origin_of(draft))
    if action == "overwrite":
        # The form names the file's content that its author has seen beside their own text.
        if visit.form.line("over") != over_the_file_now(basis, draft.plan).before:
            return editor(visit, draft, text, status=409)
        draft.put(over_the_file_now(basis, draft.plan))
    if visit.form.line("beside") and draft.measured is not None:
        # Which of the questions beside the card's it must not answer, as the page numbered them.
        draft.must_not = with_marks(draft.measured, visit.form.numbers("must_not")).must_not
    if was_changed(draft.plan, text_of_file(basis, draft.plan).encode()):
        return editor(visit, draft, text, status=409)
    if (text.rstrip() + "\n") != draft.plan.text or action == "overwrite":
        draft.put(with_text(basis, draft.plan, text))
    if action != "apply" or draft.plan.problems or not draft.is_measured:
        measure(visit, draft)
        return visit.to(f"/drafts/{draft.draft_id}")
    return applied(visit, draft)


def applied(visit: Visit, draft: CardDraft) -> Response:
    """Carry a draft out: write the card, commit it in the mentor's name, and serve it."""
    desk = visit.desk
    with APPLYING:
        if desk.drafts.find(draft.draft_id, visit.mentor) is None or draft.measured is None:
            raise Refused("this draft was applied already")
        finish_cut_short(desk.ledger, knowledge=desk.knowledge, home=desk.home)
        with desk.ledger.transaction(only_reads=True) as session:
            refuse_removed(session, draft.gathered)
        plan = replace(draft.measured, must_not=draft.must_not)
        done = carry_out(desk.ledger, plan, knowledge=desk.knowledge, home=desk.home, now=visit.now, refresh=desk.service.refresh)
        desk.drafts.end(draft.draft_id)
        if draft.imported:
            discard(desk.knowledge, draft.imported)
    commit = f", commit {done.commit[:10]}" if done.commit else ", not committed to git"
    note = f" Note: {done.note}." if done.note else ""
    visit.session.tell(Told(f"{done.path} is written{commit}.{note} It's served now."))
    return visit.to(f"/knowledge/{draft.plan.slug}")


def show_progress(visit: Visit) -> Response:
    """Show how far the impact of a draft is measured, as a piece of its page."""
    draft = found_draft(visit)
    return Response(status_code=204) if draft is None else visit.fragment("impact.html", draft=draft, kinds=KINDS)


def show_preview(visit: Visit) -> Response:
    """Show a text as a card, with what keeps it from being one, as a piece of the editor."""
    text = visit.form.text("text")
    preview = preview_of(text)
    return visit.fragment("preview.html", preview=preview, looks=looks(visit, preview), problems=reading_problems(text, "line"))


def looks(visit: Visit, preview: CardPreview) -> list[tuple[str, list[Markup]]]:
    """Return a card's short answer as each platform shows it; nothing for a text that is no card yet."""
    return [] if preview.card is None else looks_of(preview.card, visit.desk.platform_texts)


def editor(visit: Visit, draft: CardDraft, text: str, *, status: int = 200) -> Response:
    """Return the editor; where the file was changed meanwhile, with both texts."""
    basis, plan = basis_of(visit), draft.plan
    theirs = text_of_file(basis, plan)
    changed = was_changed(plan, theirs.encode())
    preview = preview_of(text)
    return visit.page(
        "draft.html",
        status=409 if changed else status,
        draft=draft,
        plan=plan,
        text=text,
        preview=preview,
        looks=looks(visit, preview),
        problems=plan.problems,
        diff=plan.diff.splitlines(),
        notes=warnings(plan),
        kinds=KINDS,
        origin=origin_of(draft),
        changed=changed,
        theirs=theirs,
        between=unified_diff(plan.path, theirs, text).splitlines() if changed else [],
        over=over_the_file_now(basis, plan).before,
    )


def measure(visit: Visit, draft: CardDraft) -> None:
    """Begin to measure a draft's impact, if there is one."""
    desk, today, mentor = visit.desk, visit.now.date(), visit.mentor
    if draft.plan.problems or not draft.plan.diff:
        return
    questions = replayed_questions(visit)

    def measured(plan: Plan, progress: Progress) -> Plan:
        return with_impact(Basis(desk.library, desk.knowledge, mentor, today), plan, questions, progress)

    desk.drafts.measure(draft, measured, len(questions))


def replayed_questions(visit: Visit) -> list[ReplayedQuestion]:
    """Return the past and the labelled questions that a change is measured on."""
    with visit.desk.ledger.transaction() as session:
        past = past_questions(session)
    return [*past, *labelled_questions(regression_file(visit.desk.home), visit.desk.labelled)]


def found_draft(visit: Visit) -> CardDraft | None:
    """Return the draft that the address names, None if it's gone or another mentor's."""
    return visit.desk.drafts.find(str(visit.request.path_params["draft"]), visit.mentor)


def gone(visit: Visit) -> Response:
    """Return the page for a draft that is not here; the text that was sent is on it."""
    typed = [visit.form.text("text")] if visit.form.line("text") else []
    return visit.page("wrong.html", status=410, heading="The draft is gone", words=GONE, typed=typed)


def basis_of(visit: Visit) -> Basis:
    """Return what a plan is made on."""
    return Basis(visit.desk.library, visit.desk.knowledge, visit.mentor, visit.now.date())


def origin_of(draft: CardDraft) -> str:
    """Return the page that a draft was begun from."""
    plan = draft.plan
    if draft.imported:
        return f"/import/{draft.imported}"
    return f"/knowledge/{plan.slug}" if plan.kind is PromotionKind.EDIT else f"/questions/{plan.question.number}"
