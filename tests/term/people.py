"""Students as a registrar knows them, with the names that people really have."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

NAMES = [
    ("Ada", "Lovelace"), ("Jörg", "Müller"), ("Anna Maria", "Schmidt"), ("Kim", "Lee"), ("Kim", "Lee"),
    ("Zoë", "Nguyễn"), ("Seán", "O'Brien"), ("Vincent", "van der Berg"), ("María José", "García-Peña"),
    ("Łukasz", "Żółć"), ("Søren", "Ångström"), ("伟", "王"), ("Ahmed", "El-Sayed"), ("Ingrid", "Straße"),
    ("João", "Conceição"), ("Ünal", "Çağlar"), ("Björk", "Guðmundsdóttir"), ("Renée", "D’Angelo"),
]  # fmt: skip
MORE_FIRST = ["Alma", "Boris", "Chloé", "Dmitri", "Élise", "Finn", "Gülay", "Hana", "Ivo", "Jürgen", "Katya", "Luís"]
MORE_LAST = ["Abbé", "Bauer", "Costa", "Dąbrowski", "Eğe", "Fuß", "Grün", "Høeg", "Ito", "Jäger"]


@dataclass(frozen=True)
class Person:
    """Somebody in the class.

    Attributes:
        id: in the gradebook.
        first, last: the name.
        canvas, moodle: the numbers that these systems have for the person.
        enrolled: whether the roster has the person.
    """

    id: str
    first: str
    last: str
    canvas: int
    moodle: int
    enrolled: bool = True

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first} {self.last}"

    @property
    def email(self) -> str:
        """An address."""
        return f"{self.id}@example.org"


MOST = len(NAMES) + len(MORE_FIRST) * len(MORE_LAST)


def people(number: int) -> list[Person]:
    """Return a class of this size, `MOST` at most; two of them have one name."""
    more = ((first, last) for last, first in itertools.product(MORE_LAST, MORE_FIRST))
    names = itertools.islice(itertools.chain(NAMES, more), number)
    return [
        Person(f"s{place:03}", first, last, 70_000 + 13 * place, 31_000 + 7 * place)
        for place, (first, last) in enumerate(names, 1)
    ]
