"""Whether a mentor who is signed in with an account still is a mentor: asked again every few minutes."""

from __future__ import annotations

import datetime as dt
import logging

from bot.adapters.desk.desk_parts import Desk
from bot.adapters.desk.entering.mentor_sessions import MentorSession

log = logging.getLogger(__name__)

CHECKED_FOR = dt.timedelta(minutes=5)
# While a platform is away, or nobody may ask it, a session goes on for so long.
UNCHECKED_FOR = dt.timedelta(minutes=30)


def still_may_enter(desk: Desk, session: MentorSession, now: dt.datetime) -> bool:
    """Return whether a session goes on; where its account is no mentor's any more, all its sessions end. It may wait for the platform."""
    if session.account is None or now - session.checked_at < CHECKED_FOR:
        return True
    with session.checking:
        # Another request of this browser may have asked meanwhile.
        if now - session.checked_at < CHECKED_FOR:
            return True
        check = desk.logins.checks.get(session.account.platform)
        is_mentor = None if check is None else check.is_mentor(session.account)
        if is_mentor:
            session.checked_at = now
            return True
        if is_mentor is None and now - session.checked_at < UNCHECKED_FOR:
            return True
    why = "can't be asked" if is_mentor is None else "says that they are no mentor"
    log.info("the sessions of %s at the desk are ended: %s %s", session.mentor, session.account.title, why)
    desk.sessions.end_all_of(session.mentor)
    return False
