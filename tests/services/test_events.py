"""The hub: every listener hears everything, in order, until it is removed."""

from personadesk.domain.events import ChangeSet, Event
from personadesk.services.events import EventHub


def test_every_listener_hears_every_event_in_order() -> None:
    hub = EventHub()
    one: list[Event] = []
    other: list[Event] = []
    hub.subscribe(one.append)
    hub.subscribe(other.append)
    events = [ChangeSet(trash=True), ChangeSet(people=True)]

    for event in events:
        hub(event)

    assert one == events
    assert other == events


def test_a_removed_listener_hears_nothing_more_and_the_others_do() -> None:
    hub = EventHub()
    one: list[Event] = []
    other: list[Event] = []
    remove = hub.subscribe(one.append)
    hub.subscribe(other.append)

    remove()
    remove()
    hub(ChangeSet(trash=True))

    assert one == []
    assert other == [ChangeSet(trash=True)]


def test_a_listener_may_leave_while_it_is_called() -> None:
    hub = EventHub()
    heard: list[Event] = []

    def once(event: Event) -> None:
        heard.append(event)
        remove()

    remove = hub.subscribe(once)
    hub.subscribe(heard.append)

    hub(ChangeSet(trash=True))
    hub(ChangeSet(people=True))

    assert heard == [ChangeSet(trash=True), ChangeSet(trash=True), ChangeSet(people=True)]
