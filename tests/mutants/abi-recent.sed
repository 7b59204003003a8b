# a sender may be answered for an instant longer than three minutes
# bpf/abi.h
s/(now - received) < ANSWER_TIME/(now - received) <= ANSWER_TIME/
