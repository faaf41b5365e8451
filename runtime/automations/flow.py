"""Where a run stands: a stack of frames, one for each list of steps that it is inside of. JSON, kept in the run's row.

A frame is `{"step", "place", "at"}`: the step that holds the list (empty for the outermost), where in that step the list
is (`steps`, `else`, `arms/0/steps`), and the index of the next step. A frame of a repeating step also has `each`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Step = Mapping[str, Any]


@dataclass(frozen=True)
class Done:
    """The step is done. `output` is for later steps, `detail` for the trace."""

    output: Mapping[str, Any] | None = None
    detail: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Enter:
    """Go into a list of steps of this step, or (empty place) past it."""

    place: str
    detail: Mapping[str, Any] | None = None
    each: dict[str, Any] | None = None


@dataclass(frozen=True)
class Wait:
    """Go on at this moment."""

    until: Any
    recheck: bool = True
    detail: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Stop:
    """The run ends here, as wanted."""

    reason: str


Outcome = Done | Enter | Wait | Stop


class Flow:
    """Walks the steps of one run. `position` is the JSON that is kept."""

    def __init__(self, steps: Sequence[Step], position: Mapping[str, Any] | None) -> None:
        self.root = steps
        self.position: dict[str, Any] = dict(position or {})
        self.position.setdefault("frames", [{"step": "", "place": "", "at": 0}])
        self._lists: list[Sequence[Step]] = []

    @property
    def frames(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.position["frames"]
        return found

    @property
    def frame(self) -> dict[str, Any]:
        return self.frames[-1]

    def current(self) -> Step | None:
        """The next step of the innermost list; None at its end."""
        steps = self.steps()
        return steps[self.frame["at"]] if self.frame["at"] < len(steps) else None

    def steps(self) -> Sequence[Step]:
        """The innermost list of steps."""
        if len(self._lists) != len(self.frames):
            self._lists = self._open_lists()
        return self._lists[-1]

    def advance(self) -> None:
        """Past the current step."""
        self.frame["at"] += 1

    def enter(self, step: Step, place: str, each: dict[str, Any] | None = None) -> None:
        """Into a list of steps of the current step."""
        frame: dict[str, Any] = {"step": step["key"], "place": place, "at": 0}
        if each is not None:
            frame["each"] = each
        self.frames.append(frame)

    def leave(self) -> None:
        """Out of the innermost list and past the step that holds it."""
        self.frames.pop()
        self._lists = self._lists[: len(self.frames)]
        self.advance()

    def holder(self) -> Step:
        """The step that holds the innermost list."""
        return self.holder_at(len(self.frames) - 1)

    def holder_at(self, index: int) -> Step:
        """The step that holds the list of this frame."""
        if len(self._lists) != len(self.frames):
            self._lists = self._open_lists()
        return _step(self._lists[index - 1], self.frames[index]["step"])

    def repeating(self) -> dict[str, Any] | None:
        """The innermost frame of a repeating step."""
        return next((frame for frame in reversed(self.frames) if "each" in frame), None)

    def unwind_to_repeating(self) -> None:
        """Out of everything inside the innermost repeating step's list."""
        while "each" not in self.frame:
            self.frames.pop()
        self._lists = self._lists[: len(self.frames)]

    def _open_lists(self) -> list[Sequence[Step]]:
        lists = [self.root]
        for frame in self.frames[1:]:
            found: Any = _step(lists[-1], frame["step"])
            for part in frame["place"].split("/"):
                found = found[int(part)] if part.isdigit() else found.get(part) or ()
            lists.append(found)
        return lists


def _step(steps: Sequence[Step], key: str) -> Step:
    for each in steps:
        if each["key"] == key:
            return each
    raise KeyError(key)


__all__ = ["Done", "Enter", "Flow", "Outcome", "Step", "Stop", "Wait"]
