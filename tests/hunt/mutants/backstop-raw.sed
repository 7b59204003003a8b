# the backstop: headers that a raw socket makes by hand
# world: backstop/ns
s/\braw = sk->type == SOCK_RAW;/if (sk->type == SOCK_RAW)\n\t\treturn PASS;/
