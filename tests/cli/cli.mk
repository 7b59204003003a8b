# SPDX-License-Identifier: GPL-2.0-only
# Included by the Makefile, whose variables it uses.

PINS := $(BUILD)/tests/cli/pins

$(PINS): %: %.o $(COMMON)
	$(call say,LINK)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

# A sanitizer's exit status must differ from lsmctl's.
.PHONY: test-cli
test-cli: $(BIN) $(PINS) $(BUILD)/lsmctl.bpf.o ## the command line, with nothing loaded; JUST=usage: usage.bats alone
	$(Q)LSMCTL=$(abspath $(BIN)) PINS=$(abspath $(PINS)) LSMCTL_OBJECT=$(abspath $(BUILD)/lsmctl.bpf.o) \
		BPFTOOL=$(BPFTOOL) ASAN_OPTIONS=exitcode=99 UBSAN_OPTIONS=exitcode=99 \
		tests/cli/run $(if $(JUST),$(JUST:%=tests/cli/%.bats),$(wildcard tests/cli/*.bats))

-include $(PINS:=.d)
