"""Where students get the course from: ``course.toml``, and what follows from it."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from autograder.course import COURSE_ROOT

ADDRESS_FILE = "course.toml"
NOT_SET = "https://github.com/YOUR_GITHUB_NAME/YOUR_REPOSITORY"
"""No address: the owner of a GitHub repository has no underscore in the name."""

_REPOSITORY = re.compile(r"https://github\.com/[A-Za-z0-9-]+/[A-Za-z0-9._-]+")
_BRANCH = re.compile(r"[A-Za-z0-9._/-]+")
_BADGE = (
    "[![Open this assignment in Google Colab](https://colab.research.google.com/assets/"
    "colab-badge.svg)]({link})"
)


class AddressError(ValueError):
    """The address of the course is no good, or not set; the text says what to do."""


@dataclass(frozen=True)
class Address:
    """Where students get the course from.

    Attributes:
        repository: The GitHub repository, ``https://github.com/OWNER/NAME``.
        branch: Its branch.
    """

    repository: str
    branch: str = "main"

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            AddressError: If Colab could open no notebook from there.
        """
        if self.repository != NOT_SET and not _REPOSITORY.fullmatch(self.repository):
            raise AddressError(
                f"{self.repository!r} is no GitHub repository; give it as "
                "https://github.com/OWNER/NAME."
            )
        if not _BRANCH.fullmatch(self.branch):
            raise AddressError(f"{self.branch!r} cannot be the name of a branch.")

    @classmethod
    def read(cls, *, root: Path = COURSE_ROOT) -> Address:
        """Read the address from ``course.toml``.

        Raises:
            AddressError: If the file is damaged or its address is no good.
        """
        try:
            table = tomllib.loads((root / ADDRESS_FILE).read_text(encoding="utf-8"))
            return cls(str(table["student_repository"]), str(table["branch"]))
        except (OSError, tomllib.TOMLDecodeError, KeyError) as error:
            raise AddressError(
                f"{ADDRESS_FILE} cannot be read ({error}); it needs two lines, student_repository "
                "and branch, each with a text in quotes."
            ) from None

    def write(self, *, root: Path = COURSE_ROOT) -> None:
        """Write the address into ``course.toml``, whose comments stay."""
        path = root / ADDRESS_FILE
        text = path.read_text(encoding="utf-8")
        for key, value in (("student_repository", self.repository), ("branch", self.branch)):
            text = re.sub(rf"(?m)^{key} = .*$", f'{key} = "{value}"', text)
        path.write_text(text, encoding="utf-8")

    @property
    def is_set(self) -> bool:
        """Whether the repository's address has been set."""
        return self.repository != NOT_SET

    @property
    def package(self) -> str:
        """What pip installs ``gan_helpers`` from."""
        return f"{self.repository}/archive/refs/heads/{self.branch}.zip"

    def colab_link(self, name: str) -> str:
        """Return the link that opens the release of an assignment in Colab."""
        place = self.repository.removeprefix("https://github.com/")
        base = "https://colab.research.google.com/github"
        return f"{base}/{place}/blob/{self.branch}/release/{name}/{name}.ipynb"

    def badge(self, name: str) -> str:
        """Return the link to Colab as a picture, in Markdown."""
        return _BADGE.format(link=self.colab_link(name))
