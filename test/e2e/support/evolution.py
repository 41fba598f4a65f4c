"""A subscriber of Evolution Data Server's calendar or task list "feed"; the argument says which: EVENTS or TASKS.
Obeys commands on standard input, and answers each with one line of JSON:

list     what Evolution holds: [{"day": "YYYY-MM-DD", "last": "YYYY-MM-DD", "title": "..."}, ...], for tasks
         [{"title": "...", "due": "YYYYMMDD" or null, "status": "...", "priority": 0, "percent": 0, "completed": "YYYYMMDDTHHMMSSZ" or null}, ...]
categories  the categories of all events, each once, sorted: ["...", ...]
instances FROM TO  what takes place between two instants, in seconds: [{"at": "YYYY-MM-DDTHH:MM:SSZ", "title": "..."}, ...]
refresh  asks Evolution to fetch the calendar again, and does not wait for it: null
"""

import datetime
import json
import sys

import gi

gi.require_version("EDataServer", "1.2")
gi.require_version("ECal", "2.0")
from gi.repository import ECal, EDataServer, ICalGLib

# Evolution's web calendars disconnect after each download: waiting longer to be connected is waiting in vain.
WAIT_FOR_CONNECTED_SECONDS = 1


def day(time):
    assert time.is_date(), time.as_ical_string()
    return datetime.date(time.get_year(), time.get_month(), time.get_day())


def listed(component):
    last = day(component.get_dtend().get_value()) - datetime.timedelta(days=1)
    return {
        "day": day(component.get_dtstart().get_value()).isoformat(),
        "last": last.isoformat(),
        "title": component.get_summary().get_value(),
    }


def instances(start, end):
    found = []

    def collect(component, first, last, data, cancellable):
        at = datetime.datetime.fromtimestamp(first.as_timet_with_zone(first.get_timezone()), datetime.timezone.utc)
        found.append({"at": at.strftime("%Y-%m-%dT%H:%M:%SZ"), "title": component.get_summary()})
        return True

    client.generate_instances_sync(start, end, None, collect, None)
    return found


def listed_task(component):
    def value(name):
        kind = getattr(ICalGLib.PropertyKind, name + "_PROPERTY")
        found = component.get_icalcomponent().get_first_property(kind)
        return None if found is None else found.get_value_as_string()

    return {
        "title": component.get_summary().get_value(),
        "due": value("DUE"),
        "status": value("STATUS"),
        "priority": int(value("PRIORITY") or 0),
        "percent": int(value("PERCENTCOMPLETE") or 0),
        "completed": value("COMPLETED"),
    }


kind = getattr(ECal.ClientSourceType, sys.argv[1])
read = listed_task if kind == ECal.ClientSourceType.TASKS else listed
source = EDataServer.SourceRegistry.new_sync(None).ref_source("feed")
client = ECal.Client.connect_sync(source, kind, WAIT_FOR_CONNECTED_SECONDS, None)

for line in sys.stdin:
    if line.strip() == "refresh":
        client.refresh_sync(None)
        answer = None
    elif line.strip() == "categories":
        components = client.get_object_list_as_comps_sync("#t", None)[1]
        answer = sorted({category for one in components for category in one.get_categories_list()})
    elif line.startswith("instances "):
        answer = instances(*map(int, line.split()[1:]))
    else:
        answer = [read(component) for component in client.get_object_list_as_comps_sync("#t", None)[1]]
    print(json.dumps(answer), flush=True)
