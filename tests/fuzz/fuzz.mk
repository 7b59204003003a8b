# SPDX-License-Identifier: GPL-2.0-only
# Included by the Makefile, whose variables it uses. Every fuzz_NAME.c here is a libFuzzer target (clang); NAME.dict and
# seeds/NAME give it what to begin with.

FUZZ       := .build/fuzz
FUZZERS    := $(patsubst tests/fuzz/%.c,$(FUZZ)/%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_FLAGS := -std=gnu11 $(WARNINGS) -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined \
	-fno-sanitize-recover=all

# An archive, so that each target links only what it uses; none has the BPF object.
FUZZ_COMMON := $(patsubst %.c,$(FUZZ)/%.o,$(filter-out common/policy/object.c,$(wildcard common/*.c common/*/*.c)))

$(FUZZ)/%.o: %.c Makefile tests/fuzz/fuzz.mk
	$(call say,CLANG)
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(ALL_CPPFLAGS) $(FUZZ_FLAGS) -fsanitize=fuzzer-no-link -MMD -MP -c -o $@ $<

$(FUZZ)/common.a: $(FUZZ_COMMON)
	$(Q)rm -f $@ && ar rcs $@ $^

$(FUZZERS): $(FUZZ)/%: $(FUZZ)/tests/fuzz/%.o $(FUZZ)/common.a
	$(call say,LINK)
	$(Q)$(CLANG) $(FUZZ_FLAGS) -fsanitize=fuzzer -o $@ $^ $(LIBS)

# Its findings stay in .build/fuzz/corpus, and the next run continues from there. JUST=rules runs only fuzz_rules.
# CI gives a seed: a new clone then tries about the same input again, and fails only for what a commit changed.
SECONDS ?= 20
SEED ?= 0
.PHONY: fuzz
fuzz: $(FUZZERS) ## random input, under sanitizers; SECONDS=20: for each; SEED=1: the same input again; JUST=rules: fuzz_rules.c alone
	$(Q)for fuzzer in $(if $(JUST),$(FUZZ)/fuzz_$(JUST),$(FUZZERS)); do \
		name=$${fuzzer##*/fuzz_}; \
		mkdir -p $(FUZZ)/corpus/$$name tests/fuzz/seeds/$$name; \
		echo "# fuzz_$$name"; \
		$$fuzzer -seed=$(SEED) -max_total_time=$(SECONDS) -max_len=2048 -timeout=20 -rss_limit_mb=4096 -verbosity=0 \
			-print_final_stats=1 -artifact_prefix=$(FUZZ)/$$name- \
			$$(test -f tests/fuzz/$$name.dict && echo -dict=tests/fuzz/$$name.dict) \
			$(FUZZ)/corpus/$$name tests/fuzz/seeds/$$name || exit 1; \
	done

-include $(FUZZ_COMMON:.o=.d) $(patsubst $(FUZZ)/%,$(FUZZ)/tests/fuzz/%.d,$(FUZZERS))
