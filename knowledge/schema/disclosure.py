"""`base/disclosure.yaml`: the law by which somebody sees their own record, and what may be left out of it.

Only numbers and names: what an officer does with them stands in the desk.
"""

from typing import Literal, Self, get_args

from pydantic import Field, model_validator

from knowledge.schema.common import Fact, Sourced, Text

Ground = Literal["harm", "third", "body", "talks", "duty", "other"]
Article = Literal["right", "refusable", "unsaid", "notice", "deadline"]


class LawArticle(Sourced):
    """An article that screens name. gist: what it is about, in plain words."""

    id: Article
    article: Text
    gist: Text


class RefusalGround(Fact):
    """Why something is not given out. item: 号 of the article on refusals, None where another law says so."""

    id: Ground
    item: Text | None
    name: Text
    gist: Text

    @property
    def label(self) -> str:
        """As it stands in a list and on the letter."""
        return f"{self.item} {self.name}" if self.item else self.name


class DisclosureLaw(Sourced):
    """All of it. days: in which a request is to be decided; a town's 条例 may say fewer."""

    law: Text
    number: Text
    days: int = Field(ge=1, le=30)
    articles: tuple[LawArticle, ...]
    grounds: tuple[RefusalGround, ...]

    @model_validator(mode="after")
    def each_once(self) -> Self:
        for given, wanted in (([one.id for one in self.articles], get_args(Article)), ([one.id for one in self.grounds], get_args(Ground))):
            if sorted(given) != sorted(wanted):
                raise ValueError(f"needs each of {', '.join(wanted)} once")
        return self

    def article(self, name: Article) -> str:
        """Its number: 第78条第1項."""
        return next(one.article for one in self.articles if one.id == name)

    def item(self, name: Ground) -> str:
        """The 号 of a ground: 2号; "" where it has none."""
        return next(one.item or "" for one in self.grounds if one.id == name)

    @property
    def labels(self) -> dict[str, str]:
        """Grounds for a list to choose from."""
        return {one.id: one.label for one in self.grounds}
