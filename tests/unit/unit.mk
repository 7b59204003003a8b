# SPDX-License-Identifier: GPL-2.0-only
# Included by the Makefile, whose variables it uses. Every test_NAME.c here is a program of its own.

UNIT_TESTS := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/unit/test_*.c))

$(UNIT_TESTS): %: %.o $(COMMON)
	$(call say,LINK)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS) -lcmocka

# All of them run, whichever fails. JUST=prefix runs test_prefix alone.
.PHONY: test-unit
test-unit: $(UNIT_TESTS) ## the unit tests; JUST=prefix: test_prefix.c alone
	$(Q)failed=; \
	for test in $(if $(JUST),$(BUILD)/tests/unit/test_$(JUST),$(UNIT_TESTS)); do \
		echo "# $${test##*/}"; \
		$$test || failed="$$failed $${test##*/}"; \
	done; \
	if [ -n "$$failed" ]; then echo "failed:$$failed" >&2; exit 1; fi

-include $(UNIT_TESTS:=.d)
