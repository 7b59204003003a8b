# SPDX-License-Identifier: GPL-2.0-only
# The tests of other projects, with lsmctl and without, included by the Makefile: see tests/others/run --help.

.PHONY: test-others
test-others: $(BIN) ## other projects' tests, with lsmctl and without it (an hour); KERNEL=6.12; JUST=python: this suite
	$(Q)tests/others/run $(if $(filter file,$(origin KERNEL)),,--kernel $(KERNEL)) $(JUST)
