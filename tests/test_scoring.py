"""The scores that there are, and how to read them."""

from pocketbench.scoring import SCORES, kind_of


def test_only_rmse_is_better_when_lower() -> None:
    """Charts and reports order by this."""
    assert {kind.name: kind.higher_is_better for kind in SCORES} == {"accuracy": True, "top5": True, "rmse": False, "r2": True}


def test_shares_of_rows_are_scores_of_classes() -> None:
    """Accuracy and top-5 need class numbers and end at 1; the others take targets."""
    assert [kind.name for kind in SCORES if kind.classes] == [kind.name for kind in SCORES if kind.share] == ["accuracy", "top5"]


def test_nothing_is_known_of_no_score_and_of_a_users_own() -> None:
    """Neither is an error."""
    assert (kind_of(""), kind_of("python:a:b")) == (None, None)
    assert kind_of("r2") is SCORES.get("r2")


def test_every_score_says_what_it_is() -> None:
    """In a few words, for a suite that is to be edited."""
    assert all(10 < len(kind.does) < 70 for kind in SCORES)
