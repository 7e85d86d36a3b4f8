/* Log: ordinary texts, looked through and copied in one pass. */
#include "log/text.h"

bool trl_text_copy_long(char *out, const char *text, size_t size)
{
    uint64_t digits = 0;
    uint32_t suspects = 0;
    uint32_t words = 0; /* its top bit: a block has no gap, which long words have */

    if (size > TRL_TEXT_MAX) {
        return false;
    }
    size_t last = size - TRL_BLOCK;
    for (size_t from = 0;; from = from + TRL_BLOCK < last ? from + TRL_BLOCK : last) {
        trl_block block = trl_block_load(text + from);
        trl_block_store(out + from, block);
        suspects |= trl_text_suspects(block);
        words |= trl_text_gaps(block) - 1;
        digits |= (uint64_t)trl_text_digits(block) << from;
        if (from == last) {
            return suspects == 0 && words >> 31 == 0 && !trl_text_has_four_digits(digits);
        }
    }
}
