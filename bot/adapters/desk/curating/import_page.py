"""The upload of an exported thread, and the drafts that came of threads: adopt, merge or discard."""

from __future__ import annotations

from starlette.responses import Response

from bot.adapters.desk.entering.mentor_sessions import Told
from bot.adapters.desk.pages.promotion_page import basis_of, measure
from bot.adapters.desk.posted_form import PostedFile
from bot.adapters.desk.showing.thread_imports import ThreadImport, wait_a_little
from bot.adapters.desk.visiting import Visit, status_of
from bot.review.card_work.imported_drafts import (
    ImportedDraft,
    discard,
    draft_named,
    imported_drafts,
    plan_of_adoption,
    plan_of_merge,
    taken_from,
)
from knowledge.card_list import in_order
from knowledge.errors import KnowledgeError, Refused, UsageError
from knowledge.reading.card import Slug
from knowledge.reading.template import open_groups

# Most threads are drafts before a browser has followed the link to a page that waits.
PATIENCE_S = 3.0
PASTED = "pasted-text.txt"


def show_import(visit: Visit) -> Response:
    """Show the form for a thread, how far the newest import is, and all drafts."""
    return import_page(visit, visit.desk.imports.of(visit.mentor))


def show_import_progress(visit: Visit) -> Response:
    """Show how far the newest import is, as a piece of its page."""
    made = visit.desk.imports.of(visit.mentor)
    return Response(status_code=204) if made is None else visit.fragment("importing.html", made=made)


def begin_import(visit: Visit) -> Response:
    """Take a file, or a pasted text, and turn it into drafts."""
    desk, file, pasted = visit.desk, visit.form.files.get("thread"), visit.form.text("pasted")
    running = desk.imports.of(visit.mentor)
    if running is not None and running.is_running:
        raise Refused(f"{running.name} is still being read: wait until it's done")
    if file is not None and file.content:
        thread = file
    elif pasted.strip():
        thread = PostedFile(PASTED, pasted.encode())
    elif file is not None and file.name:
        raise UsageError(f"{file.name[:100]} is empty: export the thread again")
    else:
        raise UsageError("choose a file, or paste a thread")
    made = desk.imports.begin(visit.mentor, thread, library=desk.library, knowledge=desk.knowledge, today=visit.now.date())
    wait_a_little(made, PATIENCE_S)
    if made.failed:
        desk.imports.forget(visit.mentor)
        return import_page(visit, made, pasted=pasted, status=400)
    return visit.to("/import")


def import_page(visit: Visit, made: ThreadImport | None, *, pasted: str = "", status: int = 200) -> Response:
    """Return the page; the outcome of an import that has ended is on it once."""
    if made is not None and not made.is_running:
        visit.desk.imports.forget(visit.mentor)
    drafts = imported_drafts(visit.desk.knowledge)
    return visit.page("import.html", status=status, made=made, drafts=drafts, pasted=pasted, titles=titles(visit))


def titles(visit: Visit) -> dict[str, str]:
    """Return the title of each card."""
    return {each.slug: each.title for each in visit.desk.library.base.cards.values()}


def show_imported(visit: Visit) -> Response:
    """Show a draft."""
    try:
        draft = draft_named(visit.desk.knowledge, name_of(visit))
    except UsageError as error:
        return visit.page("wrong.html", status=404, heading="There is no such draft", words=str(error), typed=[])
    return imported_page(visit, draft)


def imported_page(visit: Visit, draft: ImportedDraft, *, problem: str = "", status: int = 200) -> Response:
    """Return a draft's page; after a refusal with what was ticked and typed."""
    form, sent = visit.form, visit.request.method == "POST"
    groups = [path.name for path in open_groups(visit.desk.knowledge)]
    nearest = visit.desk.library.base.cards.get(Slug(draft.card or (draft.nearest[0] if draft.nearest else "")))
    return visit.page(
        "imported.html",
        status=status,
        draft=draft,
        problem=problem,
        groups=groups,
        group=form.line("group") or (nearest.group if nearest else ""),
        slug=form.line("slug") or ("" if draft.card else draft.slug),
        title=form.line("title") or ("" if draft.card else draft.title),
        card=form.line("card") or (nearest.slug if nearest else ""),
        cards=in_order(visit.desk.library.base),
        titles=titles(visit),
        wordings=set(form.numbers("wording")) if sent else set(range(1, len(draft.wordings) + 1)),
        answers=set(form.numbers("answer")) if sent else {place for place, each in enumerate(draft.answers, 1) if each.is_taken},
    )


def work_on_imported(visit: Visit) -> Response:
    """Open a draft as a new card, or what it adds to a card, in the editor; or discard it."""
    form, desk, name = visit.form, visit.desk, name_of(visit)
    if form.line("action") == "discard":
        draft_named(desk.knowledge, name)
        discard(desk.knowledge, name)
        visit.session.tell(Told("The draft is discarded; no card was changed."))
        return visit.to("/import")
    draft, basis = draft_named(desk.knowledge, name), basis_of(visit)
    try:
        taken = taken_from(draft, form.numbers("wording"), form.numbers("answer"))
        if form.line("action") == "merge":
            plan = plan_of_merge(basis, taken, form.line("card"))
        else:
            plan = plan_of_adoption(basis, draft, taken, slug=form.line("slug"), title=form.line("title"), group=form.line("group"))
    except (UsageError, Refused, KnowledgeError) as error:
        return imported_page(visit, draft, problem=str(error), status=int(status_of(error)))
    opened = desk.drafts.begin(plan, visit.mentor, visit.now, imported=name)
    measure(visit, opened)
    return visit.to(f"/drafts/{opened.draft_id}")


def name_of(visit: Visit) -> str:
    """Return the draft's name in the address."""
    return str(visit.request.path_params["name"])
