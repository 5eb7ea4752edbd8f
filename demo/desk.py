"""What the control desk takes and gives as JSON; ``demo.control`` says where."""

from pydantic import AwareDatetime, BaseModel, ConfigDict


class Shape(BaseModel):
    """What the desk takes and gives as JSON."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class FaultOn(Shape):
    """A fault that is on, and since when."""

    fault: str
    since: AwareDatetime


class OutletNow(Shape):
    """What a website and an account have in common; ``visits`` counts requests since the city started."""

    target: str
    name: str
    unit: str
    faults: tuple[FaultOn, ...]
    visits: int
    last_visit_at: AwareDatetime | None


class WebsiteNow(OutletNow):
    """A website and its address."""

    code: str
    url: str


class AccountNow(OutletNow):
    """An account, where its feed is read, and what the platform shows now."""

    feed: str
    shown_name: str
    shown_verified_as: str


class CityNow(Shape):
    """The whole city; ``addresses`` are those of ``demo.server``."""

    name: str
    addresses: dict[str, str | int]
    websites: tuple[WebsiteNow, ...]
    accounts: tuple[AccountNow, ...]
    mailbox: str
    mails: int


class WantedFault(Shape):
    """A fault to put on."""

    fault: str


class WantedBehaviour(Shape):
    """How the mailbox should behave."""

    behaviour: str
