"""Reads a calendar file with icalendar and with vobject, and prints what each saw as JSON: {"icalendar": [...], "vobject": [...]}.

An event is {"day": "YYYY-MM-DD", "end": "YYYY-MM-DD", "title": "..."}. Ends with a traceback when one of them finds a fault.
"""

import json
import sys

import icalendar
import vobject


def event(start, end, title):
    return {"day": start.isoformat(), "end": end.isoformat(), "title": str(title)}


def by_icalendar(raw):
    calendar = icalendar.Calendar.from_ical(raw)
    faults = [fault for component in calendar.walk() for fault in component.errors]
    if faults:
        raise ValueError(faults)
    return [event(one["DTSTART"].dt, one["DTEND"].dt, one["SUMMARY"]) for one in calendar.walk("VEVENT")]


def by_vobject(raw):
    calendar = vobject.readOne(raw.decode("utf-8"))
    calendar.validate(raiseException=True)
    return [event(one.dtstart.value, one.dtend.value, one.summary.value) for one in calendar.vevent_list]


with open(sys.argv[1], "rb") as file:
    raw = file.read()
print(json.dumps({"icalendar": by_icalendar(raw), "vobject": by_vobject(raw)}))
