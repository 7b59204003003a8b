# all rules get the comment of the first
# common/table/draft.c
s/if (line != draft->last_line || !line) {/if (!draft->last_line || !line) {/
