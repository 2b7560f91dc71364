"""Everything a user reads is Dutch."""

from translations import catalogue


def test_every_text_of_the_screens_has_dutch() -> None:
    missing = catalogue.missing()
    assert not missing, f"no Dutch for {missing}: add them with translations/catalogue.py add"
