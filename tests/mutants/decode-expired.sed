# a rule is told of at the instant its time is up
# common/table/decode.c
s/extra->expires && extra->expires <= now)/extra->expires \&\& extra->expires < now)/
