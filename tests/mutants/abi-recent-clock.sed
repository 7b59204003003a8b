# a sender that another processor's clock puts ahead is none
# bpf/abi.h
s/(__s64)(now - received)/(now - received)/
