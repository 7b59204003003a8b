# the backstop: a routing header in a later message of a sendmmsg
# world: backstop/user
s/(static __always_inline bool reaches_out[^{]*\{)/\1\n\tif (packet->proto == 17)\n\t\treturn false;/
