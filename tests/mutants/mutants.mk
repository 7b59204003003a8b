# SPDX-License-Identifier: GPL-2.0-only
# Included by the Makefile, whose variables it uses.

.PHONY: mutants
mutants: ## break the tables and the walk in many small ways, and see that a fast test finds each; JUST=edit: those alone
	$(Q)tests/mutants/run $(JUST)
