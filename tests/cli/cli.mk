# SPDX-License-Identifier: GPL-2.0-only
# Included by the Makefile, whose variables it uses. JUST=usage runs usage.bats alone.

# What a sanitizer finds must not look like one of lsmctl's own exit statuses.
.PHONY: test-cli
test-cli: $(BIN) $(BUILD)/lsmctl.bpf.o ## the command line, without a policy; JUST=usage: usage.bats alone
	$(Q)LSMCTL=$(abspath $(BIN)) LSMCTL_OBJECT=$(abspath $(BUILD)/lsmctl.bpf.o) BPFTOOL=$(BPFTOOL) \
		ASAN_OPTIONS=exitcode=99 UBSAN_OPTIONS=exitcode=99 \
		bats $(if $(JUST),$(JUST:%=tests/cli/%.bats),tests/cli)
