# SPDX-License-Identifier: GPL-2.0-only
# Included by the Makefile, whose variables it uses. Every test_NAME.c here is a program of its own.

UNIT_TESTS := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/unit/test_*.c))

# An archive, so that a test may bring its own copy of a file: test_edit.c looks at each word that edit.c stores.
$(BUILD)/lib.a: $(COMMON) $(filter $(BUILD)/cmd/shared/%,$(CMD))
	$(Q)rm -f $@ && ar rcs $@ $^

$(UNIT_TESTS): %: %.o $(BUILD)/lib.a
	$(call say,LINK)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS) -lcmocka

# JUST=prefix runs only test_prefix.
JUST_UNIT = $(if $(JUST),$(BUILD)/tests/unit/test_$(JUST),$(UNIT_TESTS))
.PHONY: test-unit
test-unit: $(JUST_UNIT) ## the unit tests; JUST=prefix: test_prefix.c alone
	$(Q)tests/report/each unit $(JUST_UNIT)

-include $(UNIT_TESTS:=.d)
