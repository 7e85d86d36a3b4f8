/* Baggage: what is joined is accepted again as it is, within its bounds, and what is decoded is
 * UTF-8. */
#include "fuzz.h"

#include "context/baggage.h"
#include "core/utf8.h"

#include <string.h>

static void check_decoding(struct trl_text value, size_t capacity)
{
    char text[64];
    size_t size =
        trl_baggage_decode(value, text, capacity < sizeof(text) ? capacity : sizeof(text));

    FUZZ_CHECK(size <= sizeof(text));
    for (size_t at = 0; at < size;) {
        char again[4];
        size_t taken;
        uint32_t code_point = trl_utf8_decode(text + at, size - at, &taken);
        FUZZ_CHECK(trl_utf8_encode(code_point, again) == taken);
        FUZZ_CHECK(memcmp(again, text + at, taken) == 0);
        at += taken;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char joined[TRL_BAGGAGE_MAX + 1];
    static char again[TRL_BAGGAGE_MAX + 1];
    static const char *const names[] = {"a", "key1"};
    struct trl_text input = {(const char *)data, size};
    struct trl_text text = input;
    struct trl_values values = {.count = 1, .item = &text};
    struct trl_baggage_member member;
    unsigned members = 0;

    size_t joined_size = trl_baggage_join(&values, joined, sizeof(joined));
    FUZZ_CHECK(joined[joined_size] == '\0' && strlen(joined) == joined_size);
    struct trl_text rest = {joined, joined_size};
    while (joined_size > 0 && trl_baggage_next(&rest, &member)) {
        check_decoding(member.value, size);
        members++;
    }
    FUZZ_CHECK(members <= TRL_BAGGAGE_MEMBERS_MAX);
    text = (struct trl_text){joined, joined_size};
    FUZZ_CHECK(trl_baggage_join(&values, again, sizeof(again)) == joined_size);
    FUZZ_CHECK(memcmp(joined, again, joined_size) == 0);
    trl_baggage_select(values.item[0], &(struct trl_list){.count = 2, .items = names}, again,
                       1 + size % sizeof(again));
    check_decoding(input, size);
    return 0;
}
