# a name shorter than what a pattern has around its star meets it
# common/table/places.c
s/patterns\[i\].len <= len \&\& //
