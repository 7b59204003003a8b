# a rule holds at the instant its time is up
# bpf/walk.h
s/extra->expires <= now;/extra->expires < now;/
