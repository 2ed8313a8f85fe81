"""The choices of the person who runs the bot, as settings give them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bot.adapters.discord.manners.admission import Admission
from index.evaluate.labelled_questions import QUESTIONS


@dataclass(frozen=True)
class Choices:
    """The choices; channels, roles and servers are Discord's ids.

    Without `channels`, all are answered in, and without `asking_roles` everybody is. 0 `questions_per_hour` sets no limit.
    `seen_file` keeps the last message seen over a restart. `look_back_hours` is how far back missed questions are looked for. Learners
    read the names of the mentors in `mentors_named`. At `digest_hour`, in UTC, the review channel gets the day's figures. Mentors make
    cards in the folder `knowledge`, measured on the questions in `labelled` too; `desk_url` is where they reach the desk, without a slash
    at its end.
    """

    home: Path | None = None
    guild: int | None = None
    read_threads: bool = False
    forums: frozenset[int] = frozenset()
    channels: frozenset[int] = frozenset()
    asking_roles: frozenset[int] = frozenset()
    questions_per_hour: int = 0
    health_file: Path | None = None
    seen_file: Path | None = None
    look_back_hours: float = 24.0
    mentors_named: frozenset[str] = frozenset()
    review_channel: int | None = None
    mentor_role: int | None = None
    digest_hour: int | None = None
    knowledge: Path | None = None
    labelled: Path = QUESTIONS / "held_out"
    desk_url: str = ""

    @property
    def admission(self) -> Admission:
        """Return where is answered, and whom; posts of listed forums and mentors always are."""
        mentors = frozenset() if self.mentor_role is None else frozenset({self.mentor_role})
        return Admission(
            self.channels | self.forums if self.channels else frozenset(),
            self.asking_roles | mentors if self.asking_roles else frozenset(),
        )

    @property
    def reads_content(self) -> bool:
        """Return whether messages that don't mention us are to be read, for which Discord has a privileged intent."""
        return self.read_threads or bool(self.forums)
