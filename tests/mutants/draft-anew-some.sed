# rules that stay keep their ids where ids begin anew
# common/table/draft.c
s/if (anew)$/if (false)/
