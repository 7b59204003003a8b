/* SPDX-License-Identifier: GPL-2.0-only */
/* Tells addresses, names and headings of foreign lists apart. */
#ifndef LSMCTL_RULE_FOREIGN_FIELD_H
#define LSMCTL_RULE_FOREIGN_FIELD_H

#include "foreign_lines.h"

/* Return whether the field is: an address, prefix or range; a host name; a heading. */
bool foreign_is_address(const struct foreign_field *field);
bool foreign_is_name(const struct foreign_field *field);
bool foreign_is_heading(const struct foreign_field *field);
/* Returns whether it is an address with something around it: "192.0.2.1,", "{192.0.2.1", "(192.0.2.1:80)". */
bool foreign_hides_address(const struct foreign_field *field);
/* Returns whether it is a word for letting through, in any case. */
bool foreign_is_allow(const struct foreign_field *field);
/* Returns whether it is ADDRESS/MASK. */
bool foreign_is_masked(const struct foreign_field *field);
/* Returns whether it is an address to which hosts files map unwanted names: 0.0.0.0, 127.0.0.1, ::1 ... */
bool foreign_is_sink(const struct foreign_field *field);

#endif
