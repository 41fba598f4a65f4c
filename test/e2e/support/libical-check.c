/*
 * Judges a calendar as libical reads it: parser errors, and the restrictions of RFC 5545 on which properties a component must and may have.
 * Prints each fault. Exit code 0: none; 1: some; 2: the file could not be read.
 */
#include <libical/ical.h>
#include <stdio.h>
#include <stdlib.h>

static char *read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file) return NULL;
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    rewind(file);
    char *text = malloc(size + 1);
    if (text) text[fread(text, 1, size, file)] = '\0';
    fclose(file);
    return text;
}

/* libical leaves what it found as X-LIC-ERROR properties in the component at fault. */
static int count_faults(icalcomponent *component)
{
    int faults = 0;
    icalproperty *property = icalcomponent_get_first_property(component, ICAL_XLICERROR_PROPERTY);
    for (; property; property = icalcomponent_get_next_property(component, ICAL_XLICERROR_PROPERTY)) {
        printf("%s: %s\n", icalcomponent_kind_to_string(icalcomponent_isa(component)),
               icalproperty_get_value_as_string(property));
        faults++;
    }
    icalcomponent *child = icalcomponent_get_first_component(component, ICAL_ANY_COMPONENT);
    for (; child; child = icalcomponent_get_next_component(component, ICAL_ANY_COMPONENT)) {
        faults += count_faults(child);
    }
    return faults;
}

int main(int count, char **arguments)
{
    char *text = count == 2 ? read_file(arguments[1]) : NULL;
    if (!text) {
        fprintf(stderr, "usage: libical-check FILE\n");
        return 2;
    }
    icalerror_set_errors_are_fatal(0);
    icalcomponent *calendar = icalparser_parse_string(text);
    if (!calendar || icalcomponent_isa(calendar) != ICAL_VCALENDAR_COMPONENT) {
        printf("not one VCALENDAR\n");
        return 1;
    }
    int holds = icalrestriction_check(calendar);
    int faults = count_faults(calendar);
    printf("events: %d, to-dos: %d\n", icalcomponent_count_components(calendar, ICAL_VEVENT_COMPONENT),
           icalcomponent_count_components(calendar, ICAL_VTODO_COMPONENT));
    return holds && faults == 0 ? 0 : 1;
}
