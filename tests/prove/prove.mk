# SPDX-License-Identifier: GPL-2.0-only
# Included by the Makefile, whose variables it uses.

PROVE_RUN := $(BUILD)/tests/prove/enumerate $(BUILD)/tests/prove/bits

$(PROVE_RUN): %: %.o $(BUILD)/lib.a
	$(call say,LINK)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

.PHONY: prove
prove: $(PROVE_RUN) ## prove the walk, and hold the compiler to a naive matcher in all small worlds; JUST=leaf: that alone
	$(Q)BUILD=$(BUILD) tests/prove/run $(JUST)

-include $(PROVE_RUN:=.d)
