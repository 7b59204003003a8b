# SPDX-License-Identifier: GPL-2.0-only
# The tests that need a real kernel, included by the Makefile: they run in virtual machines, see tests/kernels --help.

TEST_PROGRAMS := $(BUILD)/tests/uring

$(BUILD)/tests/%: tests/kernel/%.c
	@mkdir -p $(@D)
	$(CC) -D_GNU_SOURCE $(ALL_CFLAGS) -o $@ $<

.PHONY: test-programs test-kernel test-kernels
test-programs: $(TEST_PROGRAMS)

# One kernel, or those that KERNEL names: make test-kernel KERNEL="5.10 newest"
KERNEL ?= 6.1
test-kernel: $(BIN) $(TEST_PROGRAMS)
	LSMCTL=$(abspath $(BIN)) tests/kernels $(KERNEL_OPTIONS) $(KERNEL)

# All of them: 5.10, 6.1, 6.12 and the newest.
test-kernels: $(BIN) $(TEST_PROGRAMS)
	LSMCTL=$(abspath $(BIN)) tests/kernels $(KERNEL_OPTIONS)
