"""Expands rules with dateutil: reads [{"uid", "start", "rule", "until"}], prints {uid: [wall-clock time]}, all in ISO form without a zone."""

import json
import sys
from datetime import datetime

from dateutil.rrule import rrulestr

found = {}
for series in json.load(sys.stdin if len(sys.argv) < 2 else open(sys.argv[1])):
    try:
        rule = rrulestr(series["rule"], dtstart=datetime.fromisoformat(series["start"]))
    except ValueError:
        # An hourly rule whose hours no instance can have.
        rule = []
    last = datetime.fromisoformat(series["until"])
    times = []
    for time in rule:
        if time > last:
            break
        times.append(time.isoformat())
    found[series["uid"]] = times
print(json.dumps(found))
