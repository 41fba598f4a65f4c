/*
 * Prints when the events of a calendar take place, as libical sees it: one line "UID start end" for each occurrence, in seconds since the epoch.
 * libical expands a series but knows nothing of overrides, so an instance that has one is left out, and the override printed by itself.
 *
 * Usage: libical-recurrence FILE FROM TO, both as iCalendar times.
 */
#include <libical/ical.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_OVERRIDES 10

struct series {
  const char *uid;
  time_t overridden[MAX_OVERRIDES];
  int overrides;
};

static void find_overrides(struct series *series, icalcomponent **events, int count) {
  int index;
  for (index = 0; index < count && series->overrides < MAX_OVERRIDES; index++) {
    icalproperty *property = icalcomponent_get_first_property(events[index], ICAL_RECURRENCEID_PROPERTY);
    struct icaltimetype original;
    if (property == NULL || strcmp(icalcomponent_get_uid(events[index]), series->uid) != 0) continue;
    /* Not icalcomponent_get_recurrenceid, which forgets the zone. */
    original = icalproperty_get_datetime_with_component(property, events[index]);
    series->overridden[series->overrides++] = icaltime_as_timet_with_zone(original, original.zone);
  }
}

static int is_overridden(const struct series *series, time_t start) {
  int index;
  for (index = 0; index < series->overrides; index++)
    if (series->overridden[index] == start) return 1;
  return 0;
}

static void print_instance(icalcomponent *event, struct icaltime_span *span, void *data) {
  const struct series *series = data;
  (void)event;
  if (is_overridden(series, span->start)) return;
  printf("%s %lld %lld\n", series->uid, (long long)span->start, (long long)span->end);
}

static char *read_file(const char *path) {
  FILE *file = fopen(path, "rb");
  long size;
  char *text;
  if (file == NULL) exit(2);
  fseek(file, 0, SEEK_END);
  size = ftell(file);
  rewind(file);
  text = calloc(1, (size_t)size + 1);
  if (text == NULL || fread(text, 1, (size_t)size, file) != (size_t)size) exit(2);
  fclose(file);
  return text;
}

int main(int argc, char **argv) {
  icalcomponent *calendar, *event;
  struct icaltimetype from, to;
  icalcomponent **events;
  int count = 0, index;
  if (argc != 4) return 2;
  calendar = icalparser_parse_string(read_file(argv[1]));
  if (calendar == NULL) return 1;
  from = icaltime_from_string(argv[2]);
  to = icaltime_from_string(argv[3]);
  events = calloc((size_t)icalcomponent_count_components(calendar, ICAL_VEVENT_COMPONENT) + 1, sizeof *events);
  for (event = icalcomponent_get_first_component(calendar, ICAL_VEVENT_COMPONENT); event != NULL;
       event = icalcomponent_get_next_component(calendar, ICAL_VEVENT_COMPONENT))
    events[count++] = event;
  for (index = 0; index < count; index++) {
    struct series series = {icalcomponent_get_uid(events[index]), {0}, 0};
    if (icalcomponent_get_first_property(events[index], ICAL_RECURRENCEID_PROPERTY) != NULL) {
      /* Not icalcomponent_get_span, which forgets the zone. */
      struct icaltimetype start = icalcomponent_get_dtstart(events[index]);
      struct icaltimetype end = icalcomponent_get_dtend(events[index]);
      printf("%s %lld %lld\n", series.uid, (long long)icaltime_as_timet_with_zone(start, start.zone),
             (long long)icaltime_as_timet_with_zone(end, end.zone));
    } else {
      find_overrides(&series, events, count);
      icalcomponent_foreach_recurrence(events[index], from, to, print_instance, &series);
    }
  }
  return 0;
}
