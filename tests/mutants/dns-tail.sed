# what follows a question is part of it
# bpf/dns.h
s/be64(word) >> 8 >> (56 - 8 \* n)/word/
