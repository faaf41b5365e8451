"""What can go wrong in a verb. Each becomes one HTTP answer in `web/errors.py`."""

from __future__ import annotations

from collections.abc import Sequence

from builder.errors import Problem


class RuntimeProblem(Exception):
    """Base of the expected failures of a verb; the transaction is rolled back."""


class NotFound(RuntimeProblem):
    """No such thing, or not for this actor: both look the same. 404."""


class Forbidden(RuntimeProblem):
    """The actor may see the thing but not do this. 403."""

    def __init__(self, message: str = "You do not have the right to do this.") -> None:
        super().__init__(message)
        self.message = message


class Invalid(RuntimeProblem):
    """Bad values, all of them at once. 422."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(f"{each.path}: {each.text}" for each in problems))
        self.problems = tuple(problems)


class BadRequest(RuntimeProblem):
    """The question itself is malformed: unknown field in a filter, broken cursor. 400."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(f"{each.path}: {each.text}" for each in problems))
        self.problems = tuple(problems)


class Conflict(RuntimeProblem):
    """The state of things does not allow it now, such as a record others still point at. 409."""

    def __init__(self, message: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.problems = tuple(problems)


class Stale(RuntimeProblem):
    """Somebody else saved in between. 412."""

    def __init__(self, current_version: int) -> None:
        super().__init__(f"the current version is {current_version}")
        self.current_version = current_version


class Unavailable(RuntimeProblem):
    """Try again in a moment: the database is away or a lock could not be had. 503."""
