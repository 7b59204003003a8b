# rules for raw sockets are about those alone that have no other protocol
# bpf/walk.h
s/ \* ((proto ^ PROTO_RAW) | (call_raw(call) ^ 1));/;/
