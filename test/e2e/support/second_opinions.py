"""Reads a calendar file with icalendar and with vobject, and prints what each saw as JSON: {"icalendar": ..., "vobject": ...}, each
{"events": [...], "todos": [...]}.

An event is {"day": "YYYY-MM-DD", "end": "YYYY-MM-DD", "title": "...", "alarms": [seconds after the start]}, a to-do {"title": "...",
"due": "YYYY-MM-DD" or null, "status": "...", "priority": 0, "percent": 0, "completed": "YYYY-MM-DDTHH:MM:SSZ" or null, "alarms":
[seconds after it is due]}.
Ends with a traceback when one of them finds a fault.
"""

import json
import sys

import icalendar
import vobject


def event(start, end, title, alarms):
    # Whatever counts from elsewhere than the start would ring at another time.
    assert all(related in (None, "START") for _, related in alarms), alarms
    return {
        "day": start.isoformat(),
        "end": end.isoformat(),
        "title": str(title),
        "alarms": [trigger.total_seconds() for trigger, _ in alarms],
    }


def todo(title, due, status, priority, percent, completed, alarms):
    assert all(related == "END" for _, related in alarms), alarms
    return {
        "title": str(title),
        "due": due and due.isoformat(),
        "status": str(status),
        "priority": int(priority),
        "percent": int(percent),
        "completed": completed and completed.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "alarms": [trigger.total_seconds() for trigger, _ in alarms],
    }


def by_icalendar(raw):
    calendar = icalendar.Calendar.from_ical(raw)
    faults = [fault for component in calendar.walk() for fault in component.errors]
    if faults:
        raise ValueError(faults)

    def date(one, name):
        return one[name].dt if name in one else None

    def alarms(one):
        return [(alarm["TRIGGER"].dt, alarm["TRIGGER"].params.get("RELATED")) for alarm in one.walk("VALARM")]

    def read_event(one):
        return event(date(one, "DTSTART"), date(one, "DTEND"), one["SUMMARY"], alarms(one))

    def read_todo(one):
        numbers = one["PRIORITY"], one["PERCENT-COMPLETE"]
        return todo(one["SUMMARY"], date(one, "DUE"), one["STATUS"], *numbers, date(one, "COMPLETED"), alarms(one))

    return {
        "events": [read_event(one) for one in calendar.walk("VEVENT")],
        "todos": [read_todo(one) for one in calendar.walk("VTODO")],
    }


def by_vobject(raw):
    calendar = vobject.readOne(raw.decode("utf-8"))
    calendar.validate(raiseException=True)

    def value(one, name):
        return getattr(one, name).value if hasattr(one, name) else None

    def alarms(one):
        triggers = [alarm.trigger for alarm in one.contents.get("valarm", [])]
        return [(trigger.value, getattr(trigger, "related_param", None)) for trigger in triggers]

    def read_event(one):
        return event(one.dtstart.value, one.dtend.value, one.summary.value, alarms(one))

    def read_todo(one):
        numbers = one.priority.value, one.percent_complete.value
        return todo(one.summary.value, value(one, "due"), one.status.value, *numbers, value(one, "completed"), alarms(one))

    return {
        "events": [read_event(one) for one in calendar.contents.get("vevent", [])],
        "todos": [read_todo(one) for one in calendar.contents.get("vtodo", [])],
    }


with open(sys.argv[1], "rb") as file:
    raw = file.read()
print(json.dumps({"icalendar": by_icalendar(raw), "vobject": by_vobject(raw)}))
