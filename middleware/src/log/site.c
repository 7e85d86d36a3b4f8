/* Log: places in the program that log, and what is remembered with them. */
#include "log/site.h"

#include "log/text.h"

#include <string.h>

static size_t make_name(struct trl_site *site, const struct trl_event *event)
{
    char *end = event->name_size > 0 && event->name_size + TRL_BLOCK + 2 <= TRL_SITE_NAME_ROOM
                    ? trl_text_put_allowed(site->name_text, event->name, event->name_size)
                    : NULL;

    return end != NULL ? (size_t)(end - site->name_text) : 0;
}

static size_t make_message(struct trl_site *site, const struct trl_event *event)
{
    static const char start[] = ",\"message\":";
    size_t room = TRL_SITE_MESSAGE_ROOM - (sizeof(start) - 1) - TRL_BLOCK - 2;

    if (event->message == NULL || !event->literal_message || strlen(event->message) > room) {
        return 0;
    }
    memcpy(site->message_text, start, sizeof(start) - 1);
    char *end = trl_text_put(site->message_text + sizeof(start) - 1, event->message,
                             strlen(event->message));
    return end != NULL ? (size_t)(end - site->message_text) : 0;
}

/* Up to the first key that can't be remembered, or that has a namesake before it; without those of
 * fields that are absent this time. */
static void make_keys(struct trl_site *site, const struct trl_event *event)
{
    uint64_t names = 0;
    size_t count = 0;

    for (size_t i = 0; i < event->count; i++) {
        const struct trail_field *field = &event->fields[i];
        struct trl_key key;
        if (field->type == TRAIL_FIELD_NONE || field->key == NULL) {
            continue;
        }
        if (!trl_key_make_lasting(&key, field) || trl_keys_may_have(names, &key)) {
            break;
        }
        names |= key.bits;
        site->keys[count++] = key;
    }
}

void trl_site_make(struct trl_site *site, const struct trl_event *event)
{
    uint32_t nothing = 0;

    if (!__atomic_compare_exchange_n(&site->made, &nothing, TRL_SITE_MAKING, false,
                                     __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
        return;
    }
    site->name_size = (uint8_t)make_name(site, event);
    site->message_size = (uint8_t)make_message(site, event);
    site->message = site->message_size > 0 ? event->message : NULL;
    make_keys(site, event);
    __atomic_store_n(&site->made, trl_redact_generation() + 1, __ATOMIC_RELEASE);
}
