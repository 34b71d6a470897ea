"""People on the fake Telegram: what they do becomes updates with fresh ids. Knows nothing of the product."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

Update = dict[str, Any]


class Platform(Protocol):
    """What residents need of the fake platform."""

    def new_update_id(self) -> int: ...
    def new_message_id(self) -> int: ...
    def seconds(self) -> int: ...
    def delivered_to(self, chat_id: int) -> Sequence[Mapping[str, Any]]: ...
    def block(self, chat_id: int, *, blocked: bool) -> None: ...


@dataclass(frozen=True)
class TelegramResident:
    """One person; with group set, the same person in a group. Every method returns one update to post."""

    platform: Platform
    id: int
    group: int | None = None

    @property
    def received(self) -> list[dict[str, Any]]:
        """The messages on this chat's screen, in order."""
        return [dict(message) for message in self.platform.delivered_to(self.group or self.id)]

    @property
    def texts(self) -> list[str]:
        """Their texts."""
        return [str(message["text"]) for message in self.received]

    @property
    def buttons(self) -> list[dict[str, Any]]:
        """The buttons under the last message."""
        last = self.received[-1] if self.received else {}
        return [button for row in last.get("reply_markup", {}).get("inline_keyboard", []) for button in row]

    def says(self, text: str, **extra: Any) -> Update:
        """A text message."""
        return self._update("message", {**self._message(), "text": text, **extra})

    def sends(self, kind: str, content: object, **extra: Any) -> Update:
        """Anything else: `sends("voice", {"file_id": …})`."""
        return self._update("message", {**self._message(), kind: content, **extra})

    def edits(self, message_id: int, text: str) -> Update:
        """Edits a message."""
        edited = {**self._message(), "message_id": message_id, "edit_date": self.platform.seconds(), "text": text}
        return self._update("edited_message", edited)

    def taps(self, button: Mapping[str, Any]) -> Update:
        """A tap on a button under the last message."""
        shown = self.received[-1]
        query = {"id": str(self.platform.new_message_id()), "from": self._person(), "chat_instance": "1",
                 "message": shown, "data": button["callback_data"]}
        return self._update("callback_query", query)

    def starts(self) -> Update:
        """Presses Start."""
        self.platform.block(self.id, blocked=False)
        return self.says("/start", entities=[{"type": "bot_command", "offset": 0, "length": 6}])

    def blocks(self) -> Update:
        """Blocks the bot: Telegram answers 403 from now on."""
        self.platform.block(self.id, blocked=True)
        bot = {"id": 1, "is_bot": True, "first_name": "bot"}
        change = {"chat": self._chat(), "from": self._person(), "date": self.platform.seconds(),
                  "old_chat_member": {"user": bot, "status": "member"},
                  "new_chat_member": {"user": bot, "status": "kicked", "until_date": 0}}
        return self._update("my_chat_member", change)

    def in_group(self, number: int = 7) -> "TelegramResident":
        """The same person in a group the bot was added to."""
        return TelegramResident(self.platform, self.id, -1_000_000_000_000 - number)

    def _update(self, kind: str, body: Mapping[str, Any]) -> Update:
        return {"update_id": self.platform.new_update_id(), kind: dict(body)}

    def _message(self) -> Update:
        return {"message_id": self.platform.new_message_id(), "from": self._person(), "chat": self._chat(),
                "date": self.platform.seconds()}

    def _person(self) -> Update:
        return {"id": self.id, "is_bot": False, "first_name": "住民", "language_code": "ja"}

    def _chat(self) -> Update:
        if self.group is not None:
            return {"id": self.group, "type": "supergroup", "title": "町内会"}
        return {"id": self.id, "type": "private", "first_name": "住民"}
