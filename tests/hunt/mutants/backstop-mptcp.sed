# the backstop: further MPTCP subflows
# world: backstop/user
s/return conn \? conn : socket;/return 0;/
