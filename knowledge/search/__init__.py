"""Finding the question-and-answer that fits what somebody asks. Ranking only; how words are cut is the caller's."""

from knowledge.search.faq import FaqIndex
from knowledge.search.index import Document, Hit, Index
from knowledge.search.phrases import Phrases, Tokenise

__all__ = ["Document", "FaqIndex", "Hit", "Index", "Phrases", "Tokenise"]
